"""Commands that arrive together share a commit.

While a batch is under way the loop goes on reading requests; whatever has come when it is done is
the next batch. Nobody waits when nobody else is there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

# Of the loop, after a batch: whoever was just answered may come again at once, and else two groups
# of half the size take turns (8 clients: 0.25 of pgbench's rate with none, 0.40 with two, 0.42
# with six; on SQLite 0.39 of a bare loop with two, 0.41 with six). Once all of them have come,
# nobody else is waited for: a lone caller waited as long as it takes to read its command.
_TURNS = 6

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
Then = Callable[[Answer | Exception], None]


class Grouping(Generic[Asked, Answer]):
    """Runs what is asked for on one event loop as few batches, in order of arrival."""

    def __init__(
        self, run: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]], most: int = 64
    ) -> None:
        self._run = run
        self._most = most  # in one batch: bounds how long row locks are held
        self._waiting: list[tuple[Asked, Then[Answer]]] = []
        self._leading: asyncio.Task[None] | None = None

    def submit(self, asked: Asked, then: Then[Answer]) -> None:
        """Let *then* have the answer to *asked*, or the exception that its batch raised."""
        self._waiting.append((asked, then))
        if self._leading is None:
            # The task begins after whatever else is ready on the loop, which thus joins.
            self._leading = asyncio.get_running_loop().create_task(self._lead())

    async def _lead(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[: self._most]
                del self._waiting[: self._most]
                all_here = await self._answer(batch)
                for _ in range(_TURNS):
                    if len(self._waiting) >= all_here:
                        break
                    await asyncio.sleep(0)
        finally:
            self._leading = None

    async def _answer(self, batch: list[tuple[Asked, Then[Answer]]]) -> int:
        """Answer *batch*; return how many will wait when all of it have come again."""
        answers: Sequence[Answer | Exception]
        try:
            answers = await self._run([asked for asked, _ in batch])
        except Exception as error:  # noqa: BLE001 - everyone in the batch must hear of it
            answers = [error] * len(batch)
        all_here = len(self._waiting) + len(batch)
        for (_, then), answer in zip(batch, answers, strict=True):
            try:
                then(answer)
            except Exception as error:  # noqa: BLE001 - one caller's trouble is not the others'
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "an answer could not be given", "exception": error}
                )
        return all_here
