"""Several rounds in one thread: what is under way at once, and how it ends."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from services.workflow.adapters.database import beside
from services.workflow.adapters.database.beside import SideBySide, readable
from services.workflow.application.rounds import Blocking, InTurn

nothing: Any = None
STORE = Blocking(nothing)
TWO = SideBySide([STORE, STORE])


class Server:
    """Answers what is asked of it when it is told to; a line by itself for each thing asked."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self._lines: dict[str, tuple[socket.socket, socket.socket]] = {}

    async def ask(self, name: str, _store: Any = None) -> None:
        here, _ = self._lines[name] = socket.socketpair()
        self.told.append(f"{name} asked")
        try:
            await readable(here.fileno())
        except TimeoutError:
            self.told.append(f"{name} late")
            raise
        self.told.append(f"{name} answered")

    def answer(self, name: str) -> None:
        self._lines[name][1].send(b"!")

    def hang_up(self) -> None:
        for line in self._lines.values():
            for end in line:
                end.close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.hang_up()


def test_as_many_are_under_way_as_there_are_stores(server: Server):
    async def ask(name: str, store: Any) -> None:
        if name == "b":
            server.answer("a")
        if name == "c":
            server.answer("b")
            server.told.append("c begun")
            return
        await server.ask(name, store)

    assert list(TWO.each(ask, "abc")) == ["a", "c", "b"]
    assert server.told == ["a asked", "b asked", "a answered", "c begun", "b answered"]


def test_whoever_ends_first_is_told_first(server: Server):
    async def ask(name: str, store: Any) -> None:
        if name == "b":
            return
        await server.ask(name, store)

    done = TWO.each(ask, "ab")
    assert next(done) == "b"
    server.answer("a")
    assert list(done) == ["a"]


@pytest.mark.parametrize("one", [SideBySide([STORE]), InTurn(STORE)])
def test_with_one_store_they_go_one_after_another(one: SideBySide | InTurn):
    begun: list[str] = []

    async def at_once(name: str, _store: Any) -> None:
        begun.append(name)

    done = one.each(at_once, "ab")
    assert (next(done), begun) == ("a", ["a"])
    assert (list(done), begun) == (["b"], ["a", "b"])


def test_when_one_fails_the_others_end_and_none_begins(server: Server):
    async def ask(name: str, store: Any) -> None:
        if name == "b":
            server.answer("a")
            raise LookupError(name)
        await server.ask(name, store)

    with pytest.raises(LookupError, match="b"):
        list(TWO.each(ask, "abc"))
    assert server.told == ["a asked", "a answered"]


def test_when_nobody_listens_any_more_what_is_under_way_ends(server: Server):
    async def ask(name: str, store: Any) -> None:
        if name != "b":
            await server.ask(name, store)

    done = TWO.each(ask, "ab")
    assert next(done) == "b"
    server.answer("a")
    done.close()  # type: ignore[attr-defined]
    assert server.told == ["a asked", "a answered"]


def test_who_waits_too_long_is_told_and_so_are_the_others(
    server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(beside, "ANSWER_S", 0.05)
    with pytest.raises(TimeoutError):
        list(TWO.each(server.ask, "ab"))
    assert server.told == ["a asked", "b asked", "a late", "b late"]
