"""A small commission and its log, for tests of the notifier: events as the workflow seals them."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from schemas.calendar import WorkingDays, end_of_day
from schemas.calendars import read as read_calendar
from schemas.canonical import canonical_bytes, parse_strict
from schemas.document import Document, read_document
from schemas.envelope import Envelope, event_type, seal
from schemas.facts import EVENTS
from schemas.instants import instant
from schemas.policy import Policy
from schemas.policy_reading import read_policy
from services.notifier.application.ports import Delivery, ForeignRecord, Polled
from services.notifier.domain.case import Case, Desk, Holder, Stay
from services.notifier.domain.errors import FeedUnavailable
from services.notifier.domain.organisation import Organisation, Post, Unit
from services.notifier.domain.reading import Head, Reading
from services.workflow import schemes
from services.workflow.adapters.files.yaml_nodes import compose
from tests.texts import EARLIER

ZONE = ZoneInfo("Asia/Shanghai")
SCHEME = "jilin-health-2019"


def policy_without(policy: Policy, *words: str) -> Policy:
    """Return *policy* as if its file did not have *words*."""
    tree = parse_strict(policy.canonical)
    return read_policy(Document({word: tree[word] for word in tree if word not in words}))


SHIPPED = read_policy(read_document(schemes.policy(SCHEME).decode(), compose))
# A mail for each notice, at any hour.
BY_ITSELF = policy_without(SHIPPED, "digest", "windows", "quiet")
# Stories of the ladder are told without the notices that work has come.
POLICY = policy_without(BY_ITSELF, "arrival", "choices")
SCHEME_TEXT = canonical_bytes(read_document(EARLIER, compose).tree)
SCHEME_HASH = sha256(SCHEME_TEXT).hexdigest()
CALENDAR = WorkingDays.from_json(read_calendar())
START = datetime(2020, 1, 8, tzinfo=UTC)  # eight in the morning there
CYCLE = "00000000-0000-7000-8000-000000000001"
BRANCH_REVIEW = "00000000-0000-7000-8000-0000000000c1"
HOSPITAL_REVIEW = "00000000-0000-7000-8000-0000000000b1"
ORGAN_REVIEW = "00000000-0000-7000-8000-0000000000a1"

UNITS = {
    "work": (None, "work_committee", "工委"),
    "group": ("work", "leadership_group", "党组"),
    "organ": ("group", "organ_committee", "机关党委"),
    "hospital": ("organ", "unit_committee", "医院党委"),
    "ward": ("hospital", "grassroots_branch", "内科支部"),
    "outpost": ("organ", "unit_branch", "中心支部"),
}
POSTS = (
    ("work", "liaison", "wl"),
    ("organ", "secretary", "os"),
    ("organ", "deputy_secretary", "od"),
    ("organ", "office", "oo"),
    ("hospital", "secretary", "hs"),
    ("hospital", "deputy_secretary", "hd"),
    ("hospital", "office", "ho"),
    ("ward", "secretary", "ws"),
    ("outpost", "secretary", "ts"),
)


def at(month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    """Return an instant of 2020, given as the clock on the wall in Shanghai shows it."""
    return datetime(2020, month, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def due(month: int, day: int) -> datetime:
    return end_of_day(date(2020, month, day), ZONE)


def path(unit: str) -> tuple[str, ...]:
    parent = UNITS[unit][0]
    return (*path(parent), unit) if parent else (unit,)


def organisation(*, without: tuple[str, ...] = (), more: tuple[Post, ...] = ()) -> Organisation:
    """Build the organisation *without* the posts of some people, and with *more* posts."""
    posts = [
        Post(person=person, unit=unit, role=role, since=date(2019, 1, 1))
        for unit, role, person in POSTS
        if person not in without
    ]
    units = [Unit(id=u, parent=p, kind=k, name=n) for u, (p, k, n) in UNITS.items()]
    return Organisation(units, [*posts, *more])


def review(unit: str = "ward", **others: Any) -> Stay:
    """Build a review in drafting on the desk of the secretary of *unit*, due on 10 January.

    Of *others*, those that are a desk's are the desk's.
    """
    person = {"ward": "ws", "hospital": "hs", "outpost": "ts", "organ": "os"}[unit]
    known: dict[str, Any] = {
        "stream": f"review/{BRANCH_REVIEW}",
        "label": "述职评议",
        "number": "2019-C-0001",
        "person": person,
        "unit": unit,
        "tier": {"ward": "C", "organ": "A"}.get(unit, "B"),
        "path": path(unit),
        "state": "drafting",
        "version": 1,
        "suspended": False,
        "armed_at": at(1, 8, 8),
        "entered_version": 1,
        "scheme": SCHEME_HASH,
        "holder": Holder(unit=unit, role="secretary", person=person),
        "due_at": due(1, 10),
        **others,
    }
    since = known["version"]
    came = known.pop("came", None)
    desk = Desk(holder=known.pop("holder"), due_at=known.pop("due_at"), since=since, came=came)
    return Stay(case=Case(**known, desks=(desk,)), desk=desk)


class Log:
    """The workflow's log as a list; every event is sealed and numbered as the real one is."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.versions: dict[str, int] = {}

    def append(
        self, subject: str, fact: str, when: datetime, data: Mapping[str, Any], **rest: Any
    ) -> int:
        """Append one event and return its position."""
        version = self.versions[subject] = self.versions.get(subject, 0) + 1
        number = len(self.bodies) + 1
        attributes: dict[str, Any] = {
            "id": f"00000000-0000-7000-9000-{number:012x}",
            "source": "urn:shuping:work",
            "type": event_type(fact),
            "subject": subject,
            "time": when,
            "streamversion": version,
            "correlationid": f"test-{number}",
            "client": "cli",
            "schemehash": SCHEME_HASH if subject.startswith("review/") else None,
            "organisationversion": self.versions.get("organisation/work", 0),
            "data": dict(data),
        }
        self.bodies.append(seal(Envelope(**{**attributes, **rest})))
        return number

    def delivery(self, position: int) -> Delivery:
        return Delivery(position=position, offset=position, body=self.bodies[position - 1])

    def deliveries(self) -> list[Delivery]:
        return [self.delivery(position) for position in range(1, len(self.bodies) + 1)]

    # --- What happens in it ---

    def organise(self, without: tuple[str, ...] = ()) -> int:
        commitment = {"sha256": "0" * 64, "length": 1}
        return self.append(
            "organisation/work",
            "organisation_changed",
            at(1, 1),
            {
                "units": [
                    {"id": u, "name": n, "kind": k, "staff": 1, "public_hospital": False}
                    | ({"parent": p} if p else {})
                    for u, (p, k, n) in UNITS.items()
                ],
                "people": [{"id": p, "details": commitment} for _, _, p in POSTS],
                "posts": [
                    {"person": p, "unit": u, "role": r, "from": "2019-01-01"}
                    for u, r, p in POSTS
                    if p not in without
                ],
                "dropped": {"units": [], "people": [], "posts": []},
            },
        )

    def open(
        self,
        review: str = BRANCH_REVIEW,
        unit: str = "ward",
        due_at: datetime | None = due(1, 10),  # noqa: B008 -- an instant does not change
        when: datetime = at(1, 8, 8),  # noqa: B008
    ) -> int:
        person = {"ward": "ws", "hospital": "hs", "outpost": "ts", "organ": "os"}[unit]
        data: dict[str, Any] = {
            "number": "2019-C-0001",
            "cycle": CYCLE,
            "person": person,
            "unit": unit,
            "kind": UNITS[unit][1],
            "tier": {"ward": "C", "organ": "A"}.get(unit, "B"),
            "path": list(path(unit)),
            "audits": [],
            "hearing_body": str(UNITS[unit][0]),
            "state": "drafting",
            "effective_at": instant(when),
            "holder": {"unit": unit, "role": "secretary", "person": person},
        }
        if due_at:
            data["due_at"] = instant(due_at)
        return self.append(f"review/{review}", "review_opened", when, data)

    def publish(
        self,
        kind: str,
        text: bytes,
        id_: str = SCHEME,
        when: datetime = START,
        **others: str,
    ) -> int:
        data = {"kind": kind, "id": id_, "hash": sha256(text).hexdigest(), **others}
        return self.append(f"text/{kind}", "text_published", when, data)

    def open_case(
        self,
        stream: str,
        holders: Sequence[Mapping[str, Any]],
        scheme: bytes,
        when: datetime = START,
        **others: Any,
    ) -> int:
        """Open a case of whatever kind, about the ward and nobody."""
        data = {
            "kind": stream.partition("/")[0],
            "label": "隐患",
            "number": "2020-H-0001/01",
            "cycle": CYCLE,
            "unit": "ward",
            "unit_kind": "laboratory",
            "path": list(path("ward")),
            "parties": {},
            "audits": [],
            "links": [],
            "state": "to_put_right",
            "holders": list(holders),
            "effective_at": instant(when),
            **others,
        }
        hash_ = sha256(scheme).hexdigest()
        return self.append(stream, "case_opened", when, data, schemehash=hash_)

    def act(self, stream: str, fact: str, scheme: bytes, when: datetime, **data: Any) -> int:
        """Let a trigger do something to a case, in the newest words."""
        known = {"trigger": "sign", "effective_at": instant(when)}
        hash_, version = sha256(scheme).hexdigest(), EVENTS.latest(fact)
        return self.append(stream, fact, when, {**known, **data}, schemehash=hash_, type=version)

    def change(
        self,
        to: str,
        when: datetime,
        holder: tuple[str, ...] | None,  # unit, role and, where the desk is a person's, the person
        due_at: datetime | None = None,
        review: str = BRANCH_REVIEW,
    ) -> int:
        data: dict[str, Any] = {
            "trigger": "submit",
            "from": "drafting",
            "to": to,
            "effective_at": instant(when),
        }
        if holder:
            data["holder"] = dict(zip(("unit", "role", "person"), holder, strict=False))
        if due_at:
            data["due_at"] = instant(due_at)
        return self.append(f"review/{review}", "state_changed", when, data)

    def fact(self, fact: str, when: datetime, review: str = BRANCH_REVIEW, **data: Any) -> int:
        trigger = {"suspended": "suspend", "resumed": "resume"}.get(fact, "change_deadline")
        known = {"trigger": trigger, "effective_at": instant(when)}
        return self.append(f"review/{review}", fact, when, {**known, **data})

    def urge(self, when: datetime, actor: str = "oo", review: str = BRANCH_REVIEW) -> int:
        return self.note(when, actor, review, kind="urge")

    def note(
        self, when: datetime, actor: str, review: str = BRANCH_REVIEW, kind: str = "note"
    ) -> int:
        commitment = {"sha256": "0" * 64, "length": 1}
        data = {"kind": kind, "text": commitment}
        return self.append(f"review/{review}/notices", "note_added", when, data, actor=actor)


def log_page(bodies: Sequence[bytes], path: str, **pending: Any) -> Any:
    """Answer as `GET /v1/log` does."""
    query = parse_qs(urlsplit(path).query)
    after, limit = int(query["after"][0]), int(query["limit"][0])
    entries = [
        {"position": position, "leaf_hash": "0" * 64, "event": json.loads(body)}
        for position, body in enumerate(bodies, start=1)
        if after < position <= after + limit
    ]
    return {
        "entries": entries,
        "next": after + len(entries),
        "head": len(bodies),
        "pending": 0,
        **pending,
    }


class ListFeed:
    """A feed over a `Log`: what is in the list has arrived."""

    name = "http"

    def __init__(self, log: Log) -> None:
        self.log = log
        self.away = False  # as if the network were cut
        self.pending_since: datetime | None = None  # recorded time of an event without a position
        self.foreign: tuple[ForeignRecord, ...] = ()  # passed over by the next poll
        self.detour = ""
        self.hidden = 0  # events at the end that have not arrived yet, though the head is known
        self._next = 1

    def start(self, offsets: Mapping[int, int], reading: Reading) -> None:  # noqa: ARG002
        self._next = offsets.get(0, 1)

    def poll(self, wait_s: float) -> Polled:  # noqa: ARG002 -- a list never makes one wait
        if self.away:
            raise FeedUnavailable("cut off")
        end = len(self.log.bodies) - self.hidden
        found = tuple(self.log.delivery(position) for position in range(self._next, end + 1))
        self._next = max(self._next, end + 1)
        head = Head(position=len(self.log.bodies), pending_since=self.pending_since)
        foreign, self.foreign = self.foreign, ()
        return Polled(deliveries=found, head=head, foreign=foreign, detour=self.detour)

    def close(self) -> None:
        pass


class HandClock:
    """A clock that the test moves."""

    driven = True

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now
