"""The feed from Kafka: all partitions of the topic, from the offsets in the notifier's database.

No consumer group: one leased notifier reads everything, so there is nothing to share out, no
rebalance to survive, and no second truth about how far it has read.

Kafka is the quick way to the log, and not the log. Where the log ends comes from the workflow,
asked once per poll, but not while there is a backlog; what Kafka does not bring within seconds is
read from there as well. So nothing that brokers lose, forget or refuse holds a reminder back, and
whatever else lies in the topic is passed over.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.notifier.adapters.feed.gap import Gap
from services.notifier.adapters.feed.http import HttpFeed
from services.notifier.adapters.feed.records import Ours, position_of
from services.notifier.adapters.feed.topic import AT_MOST, Topic
from services.notifier.application.ports import Delivery, ForeignRecord, Polled
from services.notifier.domain.errors import FeedUnavailable
from services.notifier.domain.reading import Head, Reading

# Positions that a partition may be read beyond the unbroken run: all of that is kept meanwhile.
AHEAD_AT_MOST = 5_000
STUCK_AFTER_S = 15.0


class KafkaFeed:
    """Reads the topic, and the log where the topic lets it down; used by one thread."""

    name = "kafka"

    def __init__(
        self,
        brokers: Mapping[str, Any],
        log: HttpFeed,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """*brokers* are the library's words for where they are and how to get in."""
        self._topic = Topic(brokers, now_s)
        self._log = log
        self._now_s = now_s
        self._gap = Gap()
        self._reading = Reading()
        self._ours = Ours(source="", end=0)
        self._furthest: dict[int, int] = {}  # by partition, the last position it brought
        self._told: dict[int, int] = {}  # by partition, the last offset told of as foreign
        self._brought_to = 0  # the last position that Kafka brought
        self._filled_to = 0  # the last one that had to come from the log
        self._heard_at_s = now_s()  # when Kafka last brought something, or was opened anew

    def start(self, offsets: Mapping[int, int], reading: Reading) -> None:
        """Read on from *offsets*, {partition: next offset}; a missing partition from its start."""
        self._reading = reading
        self._furthest.clear()  # what was read beyond *offsets* is read again
        self._topic.start(offsets)

    def poll(self, wait_s: float) -> Polled:
        """Return what has arrived, waiting at most *wait_s* for a first event.

        Raises:
            FeedUnavailable: the log cannot be read, or lacks what Kafka lacks; start anew.
        """
        records = self._topic.fetch(0)
        # Before any waiting, so that the head is as old as the poll. A full poll says that
        # there is more to catch up with: no need to bother the workflow yet.
        head = None if len(records) >= AT_MOST else self._look_at_the_log()
        if not records and wait_s > 0 and self._gap.fill_to <= self._reading.position:
            records = self._topic.fetch(wait_s)
        brought, foreign = self._sort(records)
        self._reading = self._reading.having(one.position for one in brought)
        filled = self._fill()
        far = self._reading.position + AHEAD_AT_MOST
        self._topic.hold_back({number for number, at in self._furthest.items() if at > far})
        return Polled(
            deliveries=(*filled, *brought), head=head, foreign=foreign, detour=self._detour()
        )

    def close(self) -> None:
        """Let go of the connections; the next poll opens new ones."""
        self._topic.close()

    def _look_at_the_log(self) -> Head:
        if not self._ours.source:
            first, head = self._log.page(0)
            self._ours = Ours.of((one.body for one in first), head.position)
        _, head = self._log.page(self._reading.position, 1)
        self._ours = replace(self._ours, end=head.position)
        return head

    def _sort(self, records: Sequence[Any]) -> tuple[list[Delivery], tuple[ForeignRecord, ...]]:
        """Return what is ours and not read yet, and what is not ours and not told of yet."""
        if any((position_of(record) or 0) > self._ours.end for record in records):
            self._look_at_the_log()  # it may have grown since
        ours, others = self._ours.sort(records)
        if ours:
            self._heard_at_s = self._now_s()
        for one in ours:
            self._furthest[one.partition or 0] = one.position
            self._brought_to = max(self._brought_to, one.position)
        foreign = tuple(one for one in others if one.offset > self._told.get(one.partition, -1))
        self._told.update((one.partition, one.offset) for one in foreign)
        # A position that has been read is not read again, whatever the record says this time.
        return [one for one in ours if not self._reading.has(one.position)], foreign

    def _fill(self) -> tuple[Delivery, ...]:
        """Return what the log has next, if Kafka has not brought it for seconds."""
        position = self._reading.position
        self._gap.watch(position, self._ours.end, self._now_s())
        if self._gap.fill_to <= position:
            return ()
        page, _ = self._log.page(position)
        if not page:
            raise FeedUnavailable(f"position {position + 1} is neither in Kafka nor in the log")
        missing = tuple(
            replace(one, partition=None) for one in page if not self._reading.has(one.position)
        )
        self._filled_to = missing[-1].position
        self._reading = self._reading.having(one.position for one in missing)
        return missing

    def _detour(self) -> str:
        """Say why events come from the log; empty once Kafka has brought what is behind them."""
        if self._topic.trouble:
            self._heard_at_s = self._now_s()
            return self._topic.trouble
        if self._brought_to >= self._filled_to:
            return ""
        if self._now_s() - self._heard_at_s > STUCK_AFTER_S:
            # Nothing raises when brokers are away: a new consumer cures what this one is stuck in.
            self._topic.give_up("Kafka has brought nothing for long although the log goes on")
        return "Kafka does not bring everything: what it lacks is read from the log"
