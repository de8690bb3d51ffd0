"""What a round of firing asks of the store, and who runs it.

On an event loop, beside all else; in a thread that never waits (`at_once`); or several rounds in
one thread, of which one is decided while the database works on the others (`side_by_side`).
"""

import selectors
import types
from collections.abc import Callable, Coroutine, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from typing import Any, Generic, ParamSpec, Protocol, Self, TypeVar

from services.workflow.application.ports import Append, ReviewStore, SideStream, Standing, Wanted

Given = ParamSpec("Given")
Result = TypeVar("Result")
Thing = TypeVar("Thing")
Round = Coroutine[Any, Any, None]

ANSWER_S = 20.0  # longer than a statement waits for a lock, twice over


class RoundStore(Protocol):
    """The three statements of `ReviewStore` that a round needs; each raises what that does."""

    async def standing(self, wanted: Sequence[Wanted]) -> Standing:
        """Return heads and used keys, in one statement."""
        ...

    async def side_streams(
        self, streams: Sequence[str], since: datetime
    ) -> Mapping[str, SideStream]:
        """Return where refusals streams stand, in one statement."""
        ...

    async def append(self, batch: Sequence[Append]) -> list[bool]:
        """Write what still fits, in one commit; True where the append won its version."""
        ...

    async def elsewhere(
        self, function: Callable[Given, Result], *given: Given.args, **named: Given.kwargs
    ) -> Result:
        """Return what *function* returns, which may wait for the database."""
        ...


# Lends a store for each round that may be under way at once.
Lend = Callable[[], AbstractContextManager[Sequence[RoundStore]]]


class Blocking:
    """Implements `RoundStore` in the thread that asks, over a `ReviewStore`."""

    def __init__(self, store: ReviewStore) -> None:
        self._store = store

    async def standing(self, wanted: Sequence[Wanted]) -> Standing:
        """Return heads and used keys."""
        return self._store.standing(wanted)

    async def side_streams(
        self, streams: Sequence[str], since: datetime
    ) -> Mapping[str, SideStream]:
        """Return where refusals streams stand."""
        return self._store.side_streams(streams, since)

    async def append(self, batch: Sequence[Append]) -> list[bool]:
        """Write what still fits."""
        return self._store.append(batch)

    async def elsewhere(
        self, function: Callable[Given, Result], *given: Given.args, **named: Given.kwargs
    ) -> Result:
        """Call *function* here."""
        return function(*given, **named)


def at_once(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Return what *coroutine* returns, which never waits: all it awaits is there at once."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    coroutine.close()
    raise RuntimeError("a coroutine waited where nothing can be waited for")


@types.coroutine
def readable(socket: int) -> Generator[int, None, None]:
    """Wait until *socket* has something to be read; only where `side_by_side` runs.

    Raises:
        TimeoutError: nothing came in 20 seconds.
    """
    yield socket


def side_by_side(
    do: Callable[[Thing, RoundStore], Round],
    things: Iterable[Thing],
    stores: Sequence[RoundStore],
) -> Iterator[Thing]:
    """Do each of *things*, as many at once as there are *stores*; yield each when it is done.

    All in this thread: threads that take turns at the interpreter cost a fifth of the time.

    Raises:
        What *do* raises, once all that was under way has ended.
    """
    waiting, free = iter(things), list(stores)
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
        while self:  # one failed, or nobody listens any more: the others are not left half done
            with suppress(Exception):
                list(self.wait())
        self._selector.close()

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
