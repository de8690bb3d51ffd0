"""For any town, and whatever was done in it, what was simulated is what the engine then sends.

Calendars and policies are published, cases stand still, move and are answered for, people go away
and hand on, units go under others, and the process is killed at whatever moment: none of it makes a
difference. And who goes through it all again finds the very same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.calendar import end_of_day
from schemas.calendars import read as read_calendar
from schemas.canonical import canonical_bytes, parse_strict
from schemas.instants import instant
from services.notifier.application.foretelling import whole
from services.notifier.domain.notice import Notice
from services.notifier.simulating import compare
from tests.contract.notifier.test_simulating import again, next_due, simulated
from tests.contract.notifier.town import Killed, Town, in_memory
from tests.unit.notifier.world import POSTS, SCHEME_TEXT, SHIPPED, UNITS, ZONE, at, due
from tests.unit.schemas.test_own_texts import OWN

UNTIL = date(2020, 2, 14)
BEGINS = at(1, 8, 8)
PEOPLE = [person for _, _, person in POSTS if person != "wl"]
MONTH = [date(2020, 1, day) for day in range(9, 32)]

# --- What may be so ---

DAYS = st.sampled_from(MONTH)
CASES = st.lists(
    st.tuples(st.sampled_from(["ward", "hospital", "outpost", "organ"]), st.integers(6, 31)),
    min_size=2,
    max_size=4,
)


STATES = st.sampled_from(["drafting", "unit_audit"])


SOME_OF_THEM = {"state": STATES, "tier": st.sampled_from(["A", "B", "C"])}


@st.composite
def ladders(draw: st.DrawFn, track: dict[str, Any]) -> dict[str, Any]:
    """Return a ladder for some of the reviews, with some of the rungs of *track*, or none."""
    place = {"kind": "review"} | draw(st.fixed_dictionaries({}, optional=SOME_OF_THEM))
    rungs = draw(st.sampled_from([[], [1], [0, 2], [1, 3]]))
    own = {"track": track["track"], "for": [place], "rungs": [track["rungs"][n] for n in rungs]}
    if rungs and draw(st.booleans()):
        own["late_start"] = {"when_unknown": "send_again"}
    return own


def _place(ladder: dict[str, Any]) -> str:
    return str(sorted(ladder["for"][0].items()))


@st.composite
def policies(draw: st.DrawFn) -> bytes:
    """Return a policy with other figures than the shipped one, and without some of its words."""
    tree = parse_strict(SHIPPED.canonical)
    for word in draw(st.sets(st.sampled_from(["digest", "windows", "arrival"]))):
        del tree[word]
    del tree["choices"]
    if "windows" not in tree:
        del tree["quiet"]
    track = tree["tracks"][0]
    if draw(st.booleans()):
        del track["late_start"]
        if "digest" in tree:
            tree["digest"]["at_once"] = ["urge"]
    before, over = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    track["rungs"][0]["before"], track["rungs"][2]["over"] = before, over
    track["rungs"][3]["over"] = over + draw(st.integers(1, 3))
    if draw(st.booleans()):
        track["rungs"][0] |= {"acknowledgement": True, "text": OWN}
    if draw(st.booleans()):
        track["rungs"][3]["repeat"] |= {"every": draw(st.integers(1, 5)), "until": "acted"}
    tree["tracks"] += draw(st.lists(ladders(track), max_size=2, unique_by=_place))
    if draw(st.booleans()):
        named = draw(st.sampled_from([{}, {"rungs": ["before"]}, {"rungs": ["committee", "urge"]}]))
        tree["choices"] = [{"channels": ["email"], **named}]
    if "arrival" in tree and draw(st.booleans()):
        tree["arrival"]["for"] = [{"kind": "review", "state": draw(STATES)}]
    return canonical_bytes(tree)


ANSWERS = st.sampled_from(["notice_acknowledged", "notice_snoozed"])
CALENDARS = st.sets(DAYS, max_size=5)
CHOSEN = st.sampled_from([[], ["email"], ["wecom_app"], None])
ANOTHER_PARENT = (st.sampled_from(["ward", "outpost"]), st.sampled_from(["organ", "hospital"]))
PUBLISHED = st.tuples(st.just("policy"), policies(), st.sampled_from(["pin", "move"]))
OPENED = st.tuples(st.just("opened"), st.integers(6, 31))
ACTS = st.one_of(
    st.tuples(st.just("stands_still"), st.integers(0, 3)),
    st.tuples(st.just("goes_on"), st.integers(0, 3), st.integers(6, 31)),
    st.tuples(st.just("deadline"), st.integers(0, 3), st.integers(6, 31)),
    st.tuples(st.just("moves"), st.integers(0, 3), st.integers(6, 31)),
    st.tuples(st.just("answered"), st.integers(0, 3), DAYS, ANSWERS, st.sampled_from(PEOPLE)),
    st.tuples(st.just("urged"), st.integers(0, 3)),
    st.tuples(st.just("noted"), st.integers(0, 3), st.sampled_from(PEOPLE)),
    st.tuples(st.just("calendar"), CALENDARS),
    st.tuples(st.just("away"), st.sampled_from(PEOPLE), DAYS, st.integers(0, 20)),
    st.tuples(st.just("deputy"), st.sampled_from(PEOPLE), st.sampled_from(POSTS), DAYS),
    st.tuples(st.just("chose"), st.sampled_from(PEOPLE), CHOSEN),
    st.tuples(st.just("moves_under"), *ANOTHER_PARENT),
    st.tuples(st.just("succeeded"), st.sampled_from(POSTS), st.sampled_from(PEOPLE)),
    st.tuples(st.just("posts"), st.sets(st.sampled_from(PEOPLE), min_size=1, max_size=6)),
)
# What is done, how many hours after what was done before, and whether the notifier hears of it
# before the next is done.
HOURS = st.sampled_from([0, 1, 5, 20, 30])


def at_some_time(acts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(acts, HOURS, st.booleans())


SOME = st.lists(at_some_time(ACTS), min_size=2, max_size=5)
# A policy is published in the middle of it, and a case is opened after that.
DONE = st.tuples(SOME, at_some_time(PUBLISHED), at_some_time(OPENED), SOME).map(
    lambda parts: [*parts[0], parts[1], parts[2], *parts[3]]
)
# At which of its looks the process is killed: while it tells the workflow, in a mail, or between.
KILLS = st.dictionaries(st.integers(0, 30), st.sampled_from(["inbox", "mail", "idle"]), max_size=5)


@dataclass
class Life:
    """A town in which things are done, one after another."""

    town: Town
    cases: list[str] = field(default_factory=list)
    now: datetime = BEGINS

    def open(self, unit: str, day: int) -> None:
        case = f"00000000-0000-7000-8000-{len(self.cases):012d}"
        self.cases.append(case)
        self.town.log.open(case, unit, due(1, day), self.now)

    def do(self, act: Sequence[Any], hours: int, *, heard: bool) -> None:
        self.now += timedelta(hours=hours)
        name, *what = act
        getattr(self, f"_{name}")(*what)
        if heard:
            self.town.run(self.now)

    def _case(self, nth: int) -> str:
        return self.cases[nth % len(self.cases)]

    def _stands_still(self, nth: int) -> None:
        self.town.log.fact("suspended", self.now, self._case(nth))

    def _goes_on(self, nth: int, day: int) -> None:
        known = {"due_at": instant(due(1, day)), "suspended_working_days": 1}
        self.town.log.fact("resumed", self.now, self._case(nth), **known)

    def _deadline(self, nth: int, day: int) -> None:
        known = {"due_at": instant(due(1, day))}
        self.town.log.fact("deadline_changed", self.now, self._case(nth), **known)

    def _moves(self, nth: int, day: int) -> None:
        desk = ("hospital", "office")
        self.town.log.change("unit_audit", self.now, desk, due(1, day), self._case(nth))

    def _answered(self, nth: int, until: date, fact: str, actor: str) -> None:
        stream = f"review/{self._case(nth)}"
        data: dict[str, Any] = {
            "notice": "00000000-0000-5000-8000-000000000001",
            "version": self.town.log.versions[stream],
            "track": "deadline",
            "rung": "before",
            "until": until.isoformat(),
        }
        if fact == "notice_snoozed":
            data |= {"working_days": 1, "reason": {"sha256": "ab" * 32, "length": 6}}
        self.town.log.append(f"{stream}/notices", fact, self.now, data, actor=actor)

    def _urged(self, nth: int) -> None:
        self.town.log.urge(self.now, review=self._case(nth))

    def _noted(self, nth: int, by: str) -> None:
        self.town.log.note(self.now, by, self._case(nth))

    def _calendar(self, holidays: set[date]) -> None:
        tree = parse_strict(read_calendar())
        year = next(year for year in tree["years"] if year["year"] == self.now.year)
        free = {*year["holidays"], *(day.isoformat() for day in holidays)}
        free -= {*year["working_weekends"]}
        year["holidays"] = sorted(free)
        text = canonical_bytes({**tree, "version": f"2020.{len(self.town.log.bodies)}"})
        self.town.serve(text)
        self.town.log.publish("calendar", text, tree["id"], self.now)

    def _policy(self, text: bytes, running: str) -> None:
        self.town.serve(text)
        self.town.log.publish("policy", text, when=self.now, running=running)

    def _opened(self, day: int) -> None:
        self.open("ward", day)

    def _away(self, person: str, since: date, n_days: int) -> None:
        until = since + timedelta(days=n_days)
        told = {"person": person, "from": since.isoformat(), "until": until.isoformat()}
        self.town.log.append("organisation/work", "absent", self.now, told)

    def _deputy(self, deputy: str, post: tuple[str, str, str], since: date) -> None:
        unit, role, person = post
        told = {"deputy": deputy, "person": person, "unit": unit, "roles": [role]}
        told |= {"from": since.isoformat(), "until": UNTIL.isoformat()}
        self.town.log.append("organisation/work", "delegated", self.now, told)

    def _chose(self, person: str, channels: list[str] | None) -> None:
        told = {"person": person, "channels": channels or [], "revoked": channels is None}
        self.town.log.append("organisation/work", "channels_chosen", self.now, told)

    def _posts(self, gone: set[str]) -> None:
        posts = [
            {"person": person, "unit": unit, "role": role, "from": "2019-01-01"}
            for unit, role, person in POSTS
        ]
        kept = [one for one in posts if one["person"] not in gone]
        dropped = [one for one in posts if one["person"] in gone]
        self._reorganised(posts=kept, dropped=dropped)

    def _moves_under(self, unit: str, parent: str) -> None:
        _, kind, name = UNITS[unit]
        moved = {"id": unit, "parent": parent, "kind": kind, "name": name}
        self._reorganised(units=[{**moved, "staff": 1, "public_hospital": False}])

    def _succeeded(self, post: tuple[str, str, str], person: str) -> None:
        unit, role, before = post
        if person != before:
            held = {"unit": unit, "role": role, "from": "2019-01-01"}
            since = self.now.date().isoformat()
            self._reorganised(
                posts=[{**held, "person": person, "from": since}],
                dropped=[{**held, "person": before}],
            )

    def _reorganised(
        self,
        units: Sequence[dict[str, Any]] = (),
        posts: Sequence[dict[str, Any]] = (),
        dropped: Sequence[dict[str, Any]] = (),
    ) -> None:
        data: dict[str, Any] = {"units": [*units], "people": [], "posts": [*posts]}
        data["dropped"] = {"units": [], "people": [], "posts": [*dropped]}
        self.town.log.append("organisation/work", "organisation_changed", self.now, data)


def live(town: Town, cases: Iterable[tuple[str, int]], done: Iterable[Any]) -> None:
    """Let *done* be done to *cases* of a town that has heard of all of it at the end."""
    town.policy = None
    choices = [{"channels": ["email"]}]
    policy = canonical_bytes({**parse_strict(SHIPPED.canonical), "choices": choices})
    town.serve(SCHEME_TEXT, policy)
    town.restart()
    town.log.organise()
    for kind, text in (("scheme", SCHEME_TEXT), ("policy", policy)):
        town.log.publish(kind, text)
    life = Life(town)
    for unit, day in cases:
        life.open(unit, day)
    for act, hours, heard in done:
        life.do(act, hours, heard=heard)
    town.run(life.now + timedelta(minutes=30), n_passes=50)
    with town.store.seeing() as tx:
        assert tx.progress.set_aside() == [], "what is done is what a workflow tells"


def killed_and_played(town: Town, kills: dict[int, str]) -> list[Notice]:
    """Let the town's engine go on to the end, killed at some of its looks, and begun anew."""
    known = {one.id for one in town.notices()}
    now, end = town.clock.now(), end_of_day(UNTIL, ZONE) - timedelta(microseconds=1)
    nth = 0
    while now <= end:
        look(town, now, kills.get(nth, ""))
        now, nth = next_due(town, now) or end + timedelta(days=1), nth + 1
    look(town, end, "")
    return [one for one in whole(town.store) if one.id not in known]


def look(town: Town, now: datetime, kill: str) -> None:
    town.workflow.die_after_recording, town.mail.die_after = kill == "inbox", kill == "mail"
    try:
        town.run(now, n_passes=50)
    except Killed:
        town.restart()
    town.workflow.die_after_recording = town.mail.die_after = False
    if kill:
        town.restart()
        town.run(now, n_passes=50)


def told(notices: Iterable[Notice]) -> set[tuple[object, ...]]:
    """Return what was decided; of a mail during which it died nobody can say that it arrived."""
    return {
        (one.id, one.planned_at, one.recipient, one.channel, one.why_channel, one.policy, one.asks)
        + (("told",) if one.status in {"sent", "unknown"} else (one.status, one.reason))
        for one in notices
    }


@settings(max_examples=15, deadline=None, derandomize=True)
@given(cases=CASES, done=DONE, kills=KILLS)
def test_what_was_simulated_is_what_is_sent_whatever_was_done_and_whoever_is_killed(
    cases: list[tuple[str, int]], done: list[Any], kills: dict[int, str]
) -> None:
    with in_memory() as store:
        town = Town(store)
        live(town, cases, done)
        assert town.engine.status.problems == {}
        foretold = simulated(town, until=UNTIL)
        assert told(foretold) == told(killed_and_played(town, kills))


@settings(max_examples=6, deadline=None, derandomize=True)
@given(cases=CASES, done=DONE)
def test_whatever_was_done_going_through_it_again_finds_the_very_same(
    cases: list[tuple[str, int]], done: list[Any]
) -> None:
    with in_memory() as store:
        town = Town(store)
        live(town, cases, done)
        killed_and_played(town, {})
        found = compare(whole(town.store), again(town))
        assert (found.differing, found.n_ledger) == ((), found.n_again)
