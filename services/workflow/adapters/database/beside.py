"""Several rounds in one thread: one is decided while the database works on the others.

Threads in their place took the interpreter from each other, and a tenth of the rate with it.
"""

import selectors
import types
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Generic, Self

from services.workflow.application.rounds import ANSWER_S, Round, RoundStore, Thing


@types.coroutine
def readable(socket: int) -> Generator[int, None, None]:
    """Wait until *socket* has something to be read; only in a round of `SideBySide`.

    Raises:
        TimeoutError: nothing came in 20 seconds, to this round or any other.
    """
    yield socket


class SideBySide:
    """Implements `Several`: as many rounds under way at once as there are *stores*."""

    def __init__(self, stores: Sequence[RoundStore]) -> None:
        self._stores = stores

    def each(
        self, do: Callable[[Thing, RoundStore], Round], things: Iterable[Thing]
    ) -> Iterator[Thing]:
        """Do each of *things*; yield each when it is done.

        Raises:
            What *do* raises, once all that was under way has ended.
        """
        waiting, free = iter(things), list(self._stores)
        with _UnderWay[tuple[Thing, RoundStore]]() as under_way:
            while True:
                ended: Iterable[tuple[Thing, RoundStore]] = ()
                if free and (thing := next(waiting, None)) is not None:
                    given = thing, free.pop()
                    if under_way.go_on(do(*given), given):
                        ended = [given]
                elif under_way:
                    ended = under_way.wait()
                else:
                    return
                for done, store in ended:
                    free.append(store)
                    yield done


class _UnderWay(Generic[Thing]):
    """Rounds that wait, each for its socket; left only when all have ended."""

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[Round, Thing]] = {}  # by socket
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        with self._selector:
            while self:  # one failed, or nobody listens any more: no other is left half done
                with suppress(Exception):
                    list(self.wait())

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def go_on(self, one: Round, about: Thing, late: Exception | None = None) -> bool:
        """Run *one* until it waits again; tell whether it has ended.

        Raises:
            What it raises.
        """
        try:
            socket = one.send(None) if late is None else one.throw(late)
        except StopIteration:
            return True
        self._selector.register(socket, selectors.EVENT_READ)
        self._waiting[socket] = one, about
        return False

    def wait(self) -> Iterator[Thing]:
        """Wait until something has come; yield what has ended by it.

        Raises:
            What one of those that go on raises.
        """
        sockets = [key.fd for key, _ in self._selector.select(ANSWER_S)]
        late = None
        if not sockets:
            late, sockets = TimeoutError("no answer in time"), list(self._waiting)
        for socket in sockets:
            self._selector.unregister(socket)
            one, about = self._waiting.pop(socket)
            if self.go_on(one, about, late):
                yield about
