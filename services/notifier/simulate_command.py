"""`simulate`: what will be sent to whom when, as text for people and as JSON for machines."""

import argparse
import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from schemas.calendar import local_day
from schemas.instants import parse_instant
from schemas.said import said
from services.notifier.adapters.http.shapes import as_json
from services.notifier.adapters.http.shapes import notice as row
from services.notifier.adapters.workflow import WorkflowClient
from services.notifier.application.foretelling import MOST_DAYS, Sums, difference, sums
from services.notifier.application.ports import NOTHING_MOVES, Moved
from services.notifier.bootstrap import clock_of, migrated, own_policy, ways_of
from services.notifier.changing import Change
from services.notifier.domain.notice import Notice
from services.notifier.settings import Settings
from services.notifier.simulating import ZONE, Simulator, Watched, compare, recorded

RULES = ("policy", "calendar", "scheme", "organisation")
CHANGES = (*RULES, "against")


_BARELY = timedelta(microseconds=1)  # a deadline is the midnight that ends its day


class BadPeriod(Exception):
    """The days that are asked for are none that can be foretold; *field* says which."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


class OfNoUse(Exception):
    """An option that would change nothing: what was is gone through as it was."""


class TooManyNotices(Exception):
    """More is decided in those days than one answer tells."""


def run(parsed: argparse.Namespace, settings: Settings) -> int:
    """Simulate as *parsed* says, print it, and return the exit code.

    Raises:
        BadPeriod, OfNoUse, schemas.document.Faults, NotMigrated, NotifierError
    """
    if parsed.again:
        given = (*CHANGES, "since", "until", "words")
        useless = next((name for name in given if getattr(parsed, name)), None)
        if useless:
            option = {"since": "from", "until": "to"}.get(useless, useless)
            raise OfNoUse(said("--{option} is of no use with --again", option=option))
    with opened(settings) as (simulator, client):
        if parsed.again:
            return _again(simulator, client, settings, as_json=parsed.json)
        return _foretell(simulator, settings, parsed)


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Simulator, WorkflowClient]]:
    """Open what it takes to simulate.

    Raises:
        NotMigrated, schemas.document.Faults
    """
    client = WorkflowClient(settings.workflow_url, settings.workflow_token)
    database = migrated(settings)
    with closing(client):
        try:
            yield (
                Simulator(
                    database=database,
                    workflow=client,
                    ways=ways_of(settings),
                    feed=settings.feed,
                    own=own_policy(settings.policy_file),
                    public_url=settings.public_url,
                ),
                client,
            )
        finally:
            database.dispose()


def _again(
    simulator: Simulator, client: WorkflowClient, settings: Settings, *, as_json: bool
) -> int:
    until = clock_of(settings).now()
    ledger = simulator.ledger(until)
    found = compare(ledger, simulator.again(recorded(client), until))
    if as_json:
        told = {"ledger": found.n_ledger, "simulated": found.n_again}
        print(json.dumps({**told, "differing": found.differing}, ensure_ascii=False))
    else:
        for line in found.differing:
            print(line)
        print(
            f"ledger {found.n_ledger}, simulated again {found.n_again}, "
            f"differing {len(found.differing)}"
        )
    return 1 if found.differing else 0


def _foretell(simulator: Simulator, settings: Settings, parsed: argparse.Namespace) -> int:
    change = Change.read(**{name: getattr(parsed, name) for name in CHANGES})
    watched = Watched(parsed.words) if parsed.words else None
    before, after = foretold(simulator, settings, (parsed.since, parsed.until), change, watched)
    moved = simulator.moved(change)
    if parsed.json:
        print(answer(before, after, moved, changed=change.is_any, watched=watched).decode())
        return 0
    if watched:
        said = [f"{one.subject}\n\n{one.text}" for one in watched.words]
        print("\n\n\n".join(said) or "nothing is said by it")
        return 0 if said else 1
    for notice in after:
        print(_line(notice))
    _print_sums(sums(after, ZONE))
    if change.is_any:
        _print_difference(before, after, against=change.against is not None)
    _print_deadlines(change, moved)
    return 0


Days = tuple[date | None, date | None]


def foretold(
    simulator: Simulator,
    settings: Settings,
    days: Days,
    change: Change,
    watched: Watched | None = None,
) -> tuple[list[Notice], list[Notice]]:
    """Return what will be decided for *days*, as things are and with *change*.

    Where it names a policy to be held against, the first is with that.

    The words of one of them go to *watched*, as the change has them if it is in both.

    Raises:
        BadPeriod, Stuck, StoreUnavailable
    """
    now = clock_of(settings).now()
    since, until = _period(*days, local_day(now, ZONE))

    begun = simulator.taken()  # once: what differs then differs by the change alone

    def told(change: Change) -> list[Notice]:
        found = simulator.run(begun, now, until, change, watched)
        return [one for one in found if local_day(one.planned_at, ZONE) >= since]

    before = told(change.other)
    return before, told(change) if change.is_any else before


def answer_of(
    simulator: Simulator,
    settings: Settings,
    days: Days,
    change: Change,
    *,
    most: int,
    notice: str,
    members: Collection[str],
) -> bytes:
    """Return as JSON what will be decided for *days*, and what *change* makes of it.

    With the words of one *notice* where that is not "", and these *members* of each line, or all.

    Raises:
        BadPeriod, TooManyNotices, Stuck, StoreUnavailable
    """
    watched = Watched(notice) if notice else None
    before, after = foretold(simulator, settings, days, change, watched)
    if max(len(before), len(after)) > most:
        raise TooManyNotices
    moved = simulator.moved(change)
    return answer(before, after, moved, changed=change.is_any, watched=watched, members=members)


def _period(since: date | None, until: date | None, today: date) -> tuple[date, date]:
    since = since or today
    until = until or since
    if until < max(since, today):
        raise BadPeriod(
            "to", said("--to {day} is before {first}", day=until, first=max(since, today))
        )
    if (until - today).days > MOST_DAYS:
        raise BadPeriod(
            "to", said("--to {day} is more than {n} days ahead", day=until, n=MOST_DAYS)
        )
    return since, until


def answer(
    before: Sequence[Notice],
    after: Sequence[Notice],
    moved: Moved = NOTHING_MOVES,
    *,
    changed: bool,
    watched: Watched | None = None,
    members: Collection[str] = (),
) -> bytes:
    """Return what is foretold as JSON, and what a change makes of it; rows are the ledger's.

    With the deadlines that the change has *moved*.

    Of each the *members* that are named, if any are.
    """

    def rows(notices: Sequence[Notice]) -> list[dict[str, Any]]:
        found = map(row, notices)
        if not members:
            return [*found]
        return [{key: one[key] for key in members if key in one} for one in found]

    found: dict[str, Any] = {**_sums(sums(after, ZONE)), "notices": rows(after)}
    if changed:
        differ = difference(before, after)
        found["otherwise"] = {
            "before": _sums(sums(before, ZONE)),
            "gone": rows(differ.gone),
            "come": rows(differ.come),
            "deadlines": [*_deadlines(moved)],
        }
    if watched:
        said = [asdict(one) for one in watched.words]
        # What a workflow of the release before reads: those of the language of who is told.
        told = {"notice": watched.notice, **said[0], "others": said[1:]} if said else None
        found["words"] = told
    return as_json(found)


def _deadlines(moved: Moved) -> Iterator[dict[str, Any]]:
    for subject, event in moved.cases.items():
        for due in event["dues"]:
            desk = {"desk": due["desk"]} if "desk" in due else {}
            ends = {"from": due.get("previous_due_at"), "to": due.get("due_at")}
            yield {"subject": subject, **desk, **ends}


def _sums(one: Sums) -> dict[str, Any]:
    days: dict[str, dict[str, int]] = {}
    for (day, rung), n in sorted(one.by_day.items()):
        days.setdefault(day.isoformat(), {})[rung] = n
    return {
        "messages": one.n_messages,
        "people": one.n_people,
        "days": days,
        "reached": dict(one.reached),
    }


def _line(one: Notice) -> str:
    at = one.planned_at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
    to = one.recipient
    whom = f"{to.person} ({to.unit} {to.role})" if to else "nobody"
    left = "" if one.status == "sent" else f"  {one.status}: {one.reason}"
    if one.letter and one.settled_at and not left:
        gone = one.settled_at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
        left = f"  leaves {gone} in the letter of the day"
    return f"{at}  {one.case}  {one.state}  {one.rung}  {whom}  {one.channel}{left}"


def _print_sums(one: Sums) -> None:
    for day, rungs in _sums(one)["days"].items():
        told = ", ".join(f"{rung} {n}" for rung, n in rungs.items())
        print(f"{day}: {sum(rungs.values())} messages: {told}")
    reached = ", ".join(f"{rung} reaches {n}" for rung, n in sorted(one.reached.items()))
    print(
        f"{one.n_messages} messages to {one.n_people} people" + (f"; {reached}" if reached else "")
    )


def _print_difference(before: Sequence[Notice], after: Sequence[Notice], *, against: bool) -> None:
    differ, was = difference(before, after), sums(before, ZONE)
    for sign, notices in (("-", differ.gone), ("+", differ.come)):
        for notice in notices:
            print(f"{sign} {_line(notice)}")
    is_now = sums(after, ZONE)
    other, this = (
        ("by the other policy", "by this") if against else ("without the change", "with it")
    )
    print(
        f"{other} {was.n_messages} messages to {was.n_people} people, "
        f"{this} {is_now.n_messages} to {is_now.n_people}; "
        f"{len(differ.gone)} lines go, {len(differ.come)} come"
    )


def _print_deadlines(change: Change, moved: Moved) -> None:
    if change.calendar is not None:
        found = [*_deadlines(moved)]
        for one in found:
            subject, *days = one["subject"], *map(_last_day, (one["from"], one["to"]))
            print(f"deadline of {subject} {one.get('desk', '')}: {days[0]} -> {days[1]}")
        print(f"{len(found)} deadlines move with the calendar")
    if change.scheme is not None:
        print("the scheme moves no deadline: what runs keeps the one that its round opened with")


def _last_day(due_at: str | None) -> date | None:
    return local_day(parse_instant(due_at) - _BARELY, ZONE) if due_at else None
