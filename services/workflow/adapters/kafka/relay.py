"""The relay: publishes the log in order, one leader at a time, for as long as the process lives.

The one idea: the cursor moves over the contiguous acknowledged prefix only. At the first failed
or stalled record the producer is dropped, unsent records with it, and a new one resumes behind
the cursor: records may be repeated, never skipped, and first sightings never change order.
Every few seconds the topic is held against what was published to it, and nothing more goes to one
that is not whole.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

import structlog
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError, KafkaTimeoutError

from services.workflow.adapters.kafka.continuity import (
    TopicLost,
    publish_again,
    require_continuity,
)
from services.workflow.adapters.kafka.explained import explained
from services.workflow.adapters.kafka.lease import Lease, LeaseLost
from services.workflow.adapters.kafka.producer import drop, open_producer
from services.workflow.adapters.kafka.status import RelayStatus
from services.workflow.adapters.kafka.topic import TOPIC, create_topics, headers_of, key_of
from services.workflow.application.relay_ports import RelayLog
from services.workflow.domain.refusals import OutcomeUnknown, StoreUnavailable

_logger = structlog.get_logger(__name__)

_WINDOW = 2_000  # unacknowledged records: the library itself has no bound
_CHUNK = 200
_IDLE_S = 0.05  # between looks at a log with nothing new
_STANDBY_S = 1.0  # between attempts to become the leader
_STALL_S = 15.0  # until a record without any answer counts as failed
_DRAIN_S = 5.0  # for what is in flight when the process is asked to end
_LOOK_S = 3.0  # between looks at the topic
_LOST_S = 5.0  # between looks at a topic that is lost: somebody may have set another relay on it
_WAIT_SLICE_S = 0.5  # the longest wait without a look at the lease and at *stop*
_BACKOFF_S = (0.1, 2.0)  # first and longest pause after a failure

_ADMIN = {
    "bootstrap_timeout_ms": 5_000,
    "request_timeout_ms": 4_000,  # less than what is left of a lease when it is renewed
    "metadata_max_age_ms": 10_000,
    "reconnect_backoff_max_ms": 1_000,
}
_InFlight = deque[tuple[int, Any]]  # (position, the producer's future), oldest first


class Relay:
    """Publishes what *log* holds; `run` returns when asked to stop, and on nothing else."""

    def __init__(
        self,
        log: RelayLog,
        brokers: Mapping[str, Any],
        *,
        owner: str,
        now: Callable[[], datetime],
        ttl_s: float = 15.0,
        make_topics: bool = False,
        again_from: int | None = None,
    ) -> None:
        """*owner* names this process in the lease; *now* is the system's time, in UTC.

        *brokers* are the library's words for where they are and how to get in. *make_topics* makes
        the topic before the first record, or checks the one that is there. *again_from* is a
        position: from there on everything is published again, to whatever topic is there.
        """
        self._log = log
        self._brokers = brokers
        self._owner = owner
        self._now = now
        self._ttl_s = ttl_s
        self._make_topics = make_topics
        self._again_from = again_from
        self._found_whole = False  # the topic, since this process began
        self._look_at = 0.0
        self._told: set[str] = set()  # what failed since all was well
        self.status = RelayStatus()

    def run(self, stop: threading.Event) -> None:
        """Lead when possible, stand by otherwise, until *stop*; then drain and return.

        A broker or a database that is away is waited for.

        Raises:
            SenderStillAlive: see there; the process has to end.
            TopicDiffers: publishing to that topic would break its readers.
            TopicLost: that was so from the beginning. A relay that meets it later stays, and says
                so, until another one publishes again.
        """
        pause_s = _BACKOFF_S[0]
        while not stop.is_set():
            try:
                self._take_a_turn(stop)
            except (StoreUnavailable, OutcomeUnknown) as error:
                # A cursor that may have moved is read again; at worst records are repeated.
                self.status.store = False
                self._note("store_unavailable", error)
                stop.wait(pause_s)
                pause_s = min(pause_s * 2, _BACKOFF_S[1])
            except TopicLost as lost:
                if not self._found_whole:
                    raise
                self._stay_away(lost)
                stop.wait(_LOST_S)
            else:
                pause_s = _BACKOFF_S[0]
            finally:
                self.status.leading = False

    def _take_a_turn(self, stop: threading.Event) -> None:
        """Lead until the lease is lost, or wait a moment as a standby."""
        epoch = self._log.claim(self._owner, self._now(), self._ttl_s)
        self.status.store = True
        if epoch is None:
            self.status.lost = ""
            stop.wait(_STANDBY_S)
            return
        lease = Lease(self._log, self._owner, epoch, self._ttl_s, self._now)
        self.status.leading, self.status.epoch = True, epoch
        if not self.status.lost:
            _logger.info("relay_leads", epoch=epoch)
        try:
            self._lead(lease, stop)
            lease.give_back()
        except TopicLost:
            lease.give_back()
            raise
        except LeaseLost:
            _logger.warning("relay_lost_its_lease", epoch=epoch)

    def _lead(self, lease: Lease, stop: threading.Event) -> None:
        """Publish with one producer after the other."""
        pause_s = _BACKOFF_S[0]
        while not stop.is_set():
            lease.keep()
            cursor = self.status.position = self._log.cursor()
            try:
                self._publish_with_a_new_producer(lease, stop)
            except (KafkaError, OSError) as error:
                self.status.broker = False
                self.status.reopened += 1
                self._note("producer_dropped", error)
                moved = self.status.position > cursor
                pause_s = _BACKOFF_S[0] if moved else min(pause_s * 2, _BACKOFF_S[1])
                stop.wait(pause_s)

    def _publish_with_a_new_producer(self, lease: Lease, stop: threading.Event) -> None:
        with explained():
            opened = KafkaAdminClient(**self._brokers, **_ADMIN)
        with closing(opened) as admin:
            if self._make_topics:
                create_topics(admin)
                self._make_topics = False
            if self._again_from is not None:
                publish_again(admin, self._log, lease.epoch, self._again_from)
                _logger.warning("published_again", first=self._again_from)
                self._again_from = None
            require_continuity(admin, self._log, lease.epoch)
            self._found_whole, self.status.lost = True, ""
            self.status.position = self._log.cursor()
            lease.keep()
            producer = open_producer(self._brokers)
            try:
                self._publish(producer, admin, lease, stop)
            finally:
                drop(producer)

    def _publish(
        self,
        producer: KafkaProducer,
        admin: KafkaAdminClient,
        lease: Lease,
        stop: threading.Event,
    ) -> None:
        """Send behind the cursor and collect acknowledgements; after *stop* only collect."""
        in_flight: _InFlight = deque()
        sent = self.status.position
        while not stop.is_set():
            lease.keep()
            room = min(_CHUNK, _WINDOW - len(in_flight))
            entries = self._log.read(sent, room) if room else []
            self._look_at_the_topic(admin, lease, idle=not entries and not in_flight)
            for position, stream, body in entries:
                if position != sent + 1:
                    # Positions have no gaps. Going on would publish one, for good.
                    raise RuntimeError(f"position {position} follows {sent}")
                record = {
                    "key": key_of(stream, body),
                    "value": body,
                    "headers": headers_of(position),
                }
                in_flight.append((position, producer.send(TOPIC, **record)))
                sent = position
            if not in_flight:
                stop.wait(_IDLE_S)
            elif entries and len(in_flight) < _WINDOW:
                self._collect(in_flight, lease)
            else:
                self._await_head(in_flight, lease, _STALL_S)
                self._collect(in_flight, lease)
        self._drain(in_flight, lease)

    def _look_at_the_topic(self, admin: KafkaAdminClient, lease: Lease, *, idle: bool) -> None:
        """Every few seconds hold the topic against what was published to it.

        Raises:
            TopicLost, LeaseLost
        """
        if time.monotonic() < self._look_at:
            return
        try:
            require_continuity(admin, self._log, lease.epoch)
        except (KafkaError, OSError) as error:
            # Records tell by themselves whether they arrive; who has none still hears of it here.
            self.status.broker = False
            self._note("topic_unknown", error)
        else:
            if idle:
                self._is_well()
        self._look_at = time.monotonic() + _LOOK_S

    def _drain(self, in_flight: _InFlight, lease: Lease) -> None:
        until = time.monotonic() + _DRAIN_S
        while in_flight:
            self._await_head(in_flight, lease, max(0.0, until - time.monotonic()))
            self._collect(in_flight, lease)

    def _await_head(self, in_flight: _InFlight, lease: Lease, patience_s: float) -> None:
        """Wait until the oldest record has an answer, good or bad.

        Raises:
            KafkaTimeoutError: it had none in *patience_s*.
        """
        future = in_flight[0][1]
        until = time.monotonic() + patience_s
        while not future.is_done:
            left_s = until - time.monotonic()
            if left_s <= 0:
                raise KafkaTimeoutError(f"no answer for position {in_flight[0][0]}")
            try:
                future.get(timeout=min(left_s, _WAIT_SLICE_S))
            except KafkaError:
                lease.keep()  # a slice is over, or the record failed: `_collect` tells which

    def _collect(self, in_flight: _InFlight, lease: Lease) -> None:
        """Take answered records off the head, then move the cursor over the good ones.

        Raises:
            KafkaError: the first record that failed; those behind it are still in flight.
        """
        cursor = self.status.position
        failure: Exception | None = None
        while in_flight and in_flight[0][1].is_done and failure is None:
            position, future = in_flight.popleft()
            failure = future.exception
            cursor = cursor if failure else position
        if cursor > self.status.position:
            lease.save(cursor)
            self.status.published += cursor - self.status.position
            self.status.position = cursor
            self._is_well()
        if failure is not None:
            raise failure

    def _stay_away(self, lost: TopicLost) -> None:
        if not self.status.lost:
            _logger.critical("topic_lost", error=str(lost))
        self.status.lost = str(lost)

    def _note(self, event: str, error: Exception) -> None:
        """Say what failed, once: what is tried again every other second is not news."""
        told = f"{event}: {error or type(error).__name__}"[:300]
        self.status.failed_at = self._now().timestamp()
        self.status.error = told
        if told not in self._told:
            self._told.add(told)
            _logger.warning(event, error=told, position=self.status.position)

    def _is_well(self) -> None:
        self.status.broker = True
        self._told.clear()
