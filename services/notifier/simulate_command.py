"""`simulate`: what will be sent to whom when, as text for people and as JSON for machines."""

import argparse
import json
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from typing import Any

from schemas.calendar import local_day
from schemas.instants import instant
from services.notifier.adapters.workflow import WorkflowClient
from services.notifier.application.foretelling import MOST_DAYS, Sums, difference, sums
from services.notifier.bootstrap import clock_of, migrated, own_policy, ways_of
from services.notifier.domain.notice import Notice
from services.notifier.settings import Settings
from services.notifier.simulating import ZONE, Change, Simulator, compare, recorded

CHANGES = ("policy", "calendar", "scheme", "organisation")


class BadPeriod(Exception):
    """The days that are asked for are none that can be foretold."""


def run(parsed: argparse.Namespace, settings: Settings) -> int:
    """Simulate as *parsed* says, print it, and return the exit code.

    Raises:
        BadPeriod, schemas.document.Faults, NotifierError
    """
    client = WorkflowClient(settings.workflow_url, settings.workflow_token)
    database = migrated(settings)
    with closing(client):
        simulator = Simulator(
            database=database,
            workflow=client,
            ways=ways_of(settings),
            feed=settings.feed,
            own=own_policy(settings.policy_file),
            public_url=settings.public_url,
        )
        try:
            if parsed.again:
                return _again(simulator, client, settings, as_json=parsed.json)
            return _foretell(simulator, settings, parsed)
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
    now = clock_of(settings).now()
    since, until = _period(parsed.since, parsed.until, local_day(now, ZONE))
    change = Change.read(**{name: getattr(parsed, name) for name in CHANGES})

    def told(change: Change) -> list[Notice]:
        return [
            one
            for one in simulator.run(now, until, change)
            if local_day(one.planned_at, ZONE) >= since
        ]

    before = told(Change())
    after = told(change) if change.is_any else before
    if parsed.json:
        print(json.dumps(answer(before, after, changed=change.is_any), ensure_ascii=False))
        return 0
    for notice in after:
        print(_line(notice))
    _print_sums(sums(after, ZONE))
    if change.is_any:
        _print_difference(before, after)
    return 0


def _period(since: date | None, until: date | None, today: date) -> tuple[date, date]:
    since = since or today
    until = until or since
    if until < max(since, today):
        raise BadPeriod(f"--to {until} is before {max(since, today)}")
    if (until - today).days > MOST_DAYS:
        raise BadPeriod(f"--to {until} is more than {MOST_DAYS} days ahead")
    return since, until


def answer(before: Sequence[Notice], after: Sequence[Notice], *, changed: bool) -> dict[str, Any]:
    """Return what is foretold as JSON values, and what a change makes of it."""
    found: dict[str, Any] = {**_sums(sums(after, ZONE)), "notices": [_row(one) for one in after]}
    if changed:
        differ = difference(before, after)
        found["otherwise"] = {
            "before": _sums(sums(before, ZONE)),
            "gone": [_row(one) for one in differ.gone],
            "come": [_row(one) for one in differ.come],
        }
    return found


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


def _row(one: Notice) -> dict[str, Any]:
    row: dict[str, Any] = {
        "notice": one.id,
        "subject": one.case,
        "state": one.state,
        "track": one.track,
        "rung": one.rung,
        "kind": one.kind,
        "channel": one.channel,
        "status": one.status,
        "reason": one.reason,
        "planned_at": instant(one.planned_at),
    }
    if one.recipient is not None:
        to = one.recipient
        row["recipient"] = {"person": to.person, "unit": to.unit, "role": to.role}
    return row


def _line(one: Notice) -> str:
    at = one.planned_at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
    to = one.recipient
    whom = f"{to.person} ({to.unit} {to.role})" if to else "nobody"
    left = "" if one.status == "sent" else f"  {one.status}: {one.reason}"
    return f"{at}  {one.case}  {one.state}  {one.rung}  {whom}  {one.channel}{left}"


def _print_sums(one: Sums) -> None:
    for day, rungs in _sums(one)["days"].items():
        told = ", ".join(f"{rung} {n}" for rung, n in rungs.items())
        print(f"{day}: {sum(rungs.values())} messages: {told}")
    reached = ", ".join(f"{rung} reaches {n}" for rung, n in sorted(one.reached.items()))
    print(
        f"{one.n_messages} messages to {one.n_people} people" + (f"; {reached}" if reached else "")
    )


def _print_difference(before: Sequence[Notice], after: Sequence[Notice]) -> None:
    differ, was = difference(before, after), sums(before, ZONE)
    for sign, notices in (("-", differ.gone), ("+", differ.come)):
        for notice in notices:
            print(f"{sign} {_line(notice)}")
    is_now = sums(after, ZONE)
    print(
        f"without the change {was.n_messages} messages to {was.n_people} people, "
        f"with it {is_now.n_messages} to {is_now.n_people}; "
        f"{len(differ.gone)} lines go, {len(differ.come)} come"
    )
