"""A large bulk of which a neighbour fires half: as if one process had done all of it."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from services.workflow.adapters.http import neighbours, transitions
from services.workflow.adapters.http.context import EXTENSION
from services.workflow.adapters.http.loop import Loop
from services.workflow.adapters.http.neighbours import Lent, Neighbours
from services.workflow.adapters.http.operations import Operations
from services.workflow.adapters.http.ways import ShortWay
from services.workflow.adapters.server import configured
from tests.integration.http.service import REPORT, Service
from tests.integration.http.serving import serving

UNITS = ("c-h1-a", "c-h1-b", "c-b1", "c-h2")


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transitions, "_FEWEST_TO_LEND", 4)


@contextmanager
def neighbour(service: Service, folder: Path) -> Iterator[Neighbours]:
    """Have another server of the same application listen in *folder*, and *service* know it."""
    folder.mkdir(mode=0o700)
    beside = socket.socket(socket.AF_UNIX)
    beside.bind(str(folder / "another"))
    beside.listen()
    operations = Operations(service.parts.watching.parts)
    loop = Loop(service.parts.app(), service.parts.fire_together(), operations, threads=2)
    server = uvicorn.Server(configured(loop, ShortWay))
    thread = threading.Thread(target=server.run, args=([beside],))
    thread.start()
    known = knowing(service, folder)
    try:
        yield known
    finally:
        server.should_exit = True
        thread.join(20)


def knowing(service: Service, folder: Path) -> Neighbours:
    made = Neighbours(folder)
    extensions = service.app.extensions
    extensions[EXTENSION] = replace(extensions[EXTENSION], neighbours=made)
    return made


def submits(service: Service, key: str = "k") -> list[dict[str, Any]]:
    return [
        {
            "review": service.reviews[unit],
            "trigger": "submit",
            "data": {"report": REPORT},
            "idempotency_key": f"{key}-{unit}",
            "on_behalf_of": f"{unit}.sec",
        }
        for unit in UNITS
    ]


def sent(service: Service, commands: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answer = service.call("POST", "/v1/transitions", {"commands": commands}, key=None)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json["results"]
    return results


def lending(known: Neighbours, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what is lent from now on."""
    seen, lend = list[Any](), known.lend

    def watched(commands: Any, headers: Any) -> Any:
        lent = lend(commands, headers)
        if lent is not None:
            seen.extend(commands)
        return lent

    monkeypatch.setattr(known, "lend", watched)
    return seen


def test_each_command_is_answered_in_its_place_and_done_once(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    before = service.n_events()
    with neighbour(service, tmp_path / "beside") as known:
        lent = lending(known, monkeypatch)
        results = sent(service, submits(service))
        again = sent(service, submits(service))
    assert len(lent) == 4
    assert [one["status"] for one in results] == [201] * 4
    # What a neighbour did is told as it told it: nothing is asked for again under its keys.
    assert not any("idempotent_replayed" in one for one in results)
    assert [one["review"]["id"] for one in results] == [service.reviews[unit] for unit in UNITS]
    assert {one["event"]["correlationid"] for one in results} == {
        results[0]["event"]["correlationid"]
    }
    assert [one.pop("idempotent_replayed") for one in again] == [True] * 4
    assert [one["event"] for one in again] == [one["event"] for one in results]
    assert service.n_events() == before + 4


def test_refusals_of_either_are_told_in_the_language_asked_for(service: Service, tmp_path: Path):
    commands = [one | {"data": {"report": 1}} for one in submits(service)]
    headers = {"Accept-Language": "en"}
    body = {"commands": commands}
    alone = service.call("POST", "/v1/transitions", body, key=None, headers=headers).json
    with neighbour(service, tmp_path / "beside"):
        both = service.call("POST", "/v1/transitions", body, key=None, headers=headers).json
    assert both == alone
    assert {one["status"] for one in both["results"]} == {422}


def test_what_a_neighbour_did_and_could_not_tell_is_told_by_its_keys(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    before, results_of = service.n_events(), Lent.results

    def lost(self: Lent, n: int) -> None:
        assert results_of(self, n) is not None

    monkeypatch.setattr(Lent, "results", lost)
    with neighbour(service, tmp_path / "beside"):
        results = sent(service, submits(service))
    assert [one["status"] for one in results] == [201] * 4
    assert sum("idempotent_replayed" in one for one in results) == 2
    assert service.n_events() == before + 4


@pytest.mark.parametrize("says", [b"", b"HTTP/1.1 503 No\r\nContent-Length: 3\r\n\r\na\nb"])
def test_a_neighbour_that_ends_or_refuses_is_done_without(
    service: Service, tmp_path: Path, says: bytes
):
    (tmp_path / "beside").mkdir(mode=0o700)
    knowing(service, tmp_path / "beside")
    with socket.socket(socket.AF_UNIX) as beside:
        beside.bind(str(tmp_path / "beside" / "another"))
        beside.listen()

        def end() -> None:
            connection, _ = beside.accept()
            connection.recv(1 << 20)
            connection.sendall(says)
            connection.close()

        thread = threading.Thread(target=end)
        thread.start()
        results = sent(service, submits(service))
        thread.join(20)
    assert [one["status"] for one in results] == [201] * 4
    # What nobody listens on any more, too.
    assert [one["status"] for one in sent(service, submits(service))] == [201] * 4


@contextmanager
def silent(folder: Path) -> Iterator[socket.socket]:
    """Have somebody listen in *folder* who takes what comes and never answers."""
    folder.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as listens:
        listens.bind(str(folder / "another"))
        listens.listen()
        yield listens


def ended(lent: Lent | None) -> None:
    """Wait no longer for what has to be lent."""
    assert lent is not None
    lent._connection.close()


def test_who_was_waited_for_in_vain_is_lent_nothing_for_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(neighbours, "_ANSWER_S", 0.01)
    now = [0.0]
    with silent(tmp_path / "beside"):
        made = Neighbours(tmp_path / "beside", lambda: now[0])
        lent = made.lend([{}], {})
        assert lent is not None
        assert lent.results(1) is None
        now[0] = 59.0
        assert made.lend([{}], {}) is None
        now[0] = 60.0
        again = made.lend([{}], {})
        assert again is not None
        again.results(1)


def test_what_is_not_taken_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """More than the kernel keeps of what nobody reads."""
    monkeypatch.setattr(neighbours, "_SEND_S", 0.01)
    with silent(tmp_path / "beside"):
        made = Neighbours(tmp_path / "beside", lambda: 0.0)
        assert made.lend(["x" * (1 << 22)], {}) is None
        assert made.lend([{}], {}) is None  # for a while


def test_whatever_goes_wrong_another_part_may_be_lent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with silent(tmp_path / "beside"):
        made = Neighbours(tmp_path / "beside")
        with monkeypatch.context() as patched:
            patched.setattr(neighbours._Beside, "request", interrupted)
            with pytest.raises(KeyboardInterrupt):
                made.lend([{}], {})
        ended(made.lend([{}], {}))


@pytest.mark.parametrize("mode", [0o750, 0o701, 0o755])
def test_no_token_goes_into_a_folder_that_others_may_enter(tmp_path: Path, mode: int):
    folder = tmp_path / "beside"
    with silent(folder):
        folder.chmod(mode)
        assert Neighbours(folder).lend([{}], {}) is None
        linked = tmp_path / "linked"
        linked.symlink_to(folder)
        folder.chmod(0o700)
        assert Neighbours(linked).lend([{}], {}) is None
        ended(Neighbours(folder).lend([{}], {}))


def test_one_part_at_a_time_is_lent(service: Service, tmp_path: Path):
    with neighbour(service, tmp_path / "beside") as known:
        headers = {"Authorization": f"Bearer {service.token}"}
        lent = known.lend(submits(service)[:1], headers)
        assert lent is not None
        assert known.lend(submits(service)[1:2], headers) is None
        assert len(lent.results(1) or ()) == 1
        again = known.lend(submits(service)[1:2], headers)
        assert again is not None
        again.results(1)


def test_who_asks_at_a_port_is_no_neighbour(service: Service):
    body = json.dumps({"commands": submits(service)[:2]}).encode()
    with serving(service, ShortWay) as served:
        request = served.raw("c-h1-a", body).replace(
            f"/v1/reviews/{service.reviews['c-h1-a']}/transitions".encode(), b"/v1/transitions"
        )
        [(status, told, _)] = served.ask(request)
    assert status == 200
    assert len(json.loads(told)["results"]) == 2  # one JSON, as for every client


def test_a_neighbour_counts_no_request_and_asks_the_token(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    answered = list[str]()
    observer = service.app.extensions[EXTENSION].observer
    monkeypatch.setattr(
        type(observer), "answered", lambda _, route, *__, **___: answered.append(route)
    )
    with neighbour(service, tmp_path / "beside") as known:
        sent(service, submits(service))
        assert answered == ["/v1/transitions"]
        lent = known.lend(submits(service), {"Authorization": "Bearer nobody-we-know"})
        assert lent is not None
        assert lent.results(4) is None


def test_commands_that_have_to_do_with_each_other_stay_where_they_are(service: Service):
    items = submits(service)
    families = {item["review"]: item["review"] for item in items}
    apart = transitions._apart
    assert apart(items, families) == [0, 1, 2, 3]
    assert apart([*items, items[1] | {"idempotency_key": "other"}], families) == [0, 2, 3]
    assert apart(items, families | {items[0]["review"]: items[3]["review"]}) == [1, 2]
    assert apart(
        [items[0] | {"idempotency_key": items[2]["idempotency_key"]}, *items[1:]], families
    ) == [1, 3]
    versioned = {"idempotency_key": "v", "if_match": 1}  # has its order as well, and stays
    assert apart([items[0] | {"if_match": 1}, *items[1:]], families) == [1, 2, 3]
    assert apart([*items, items[1] | versioned], families) == [0, 2, 3]
    assert apart(items, {}) == []
    assert apart(["x", None, {}], families) == []
