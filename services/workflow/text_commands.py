"""Commands about schemes, calendars and policies; and what `migrate` publishes of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import orjson

from schemas import calendars
from schemas.calendar import WorkingDays, local_day
from schemas.document import Document, Fault, Faults, spell
from schemas.instants import instant
from schemas.policy import Policy
from schemas.policy_reading import read_policy
from schemas.said import said
from services.workflow.adapters.files import drafts
from services.workflow.affecting import affected, answer_affected, tell_affected
from services.workflow.application.editions import KINDS, POLICY, Draft, Edition
from services.workflow.application.firing.replanning import Beyond, Move
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.policies import Misfit
from services.workflow.bootstrap.log import Parts
from services.workflow.console import Arguments, say, uncollected, warn
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.replanning import Moved
from services.workflow.domain.fitting import Fitting
from services.workflow.domain.language.loading import from_canonical
from services.workflow.domain.organisation import Organisation
from services.workflow.laying import answer_laid, laid, tell_laid

_CALLED = {"scheme": "方案", "calendar": "日历", "policy": "提醒与督办规则"}
_INSTANT = timedelta(microseconds=1)  # a deadline is the midnight that ends its day
_SHORT = 12  # digits of a hash that people compare


def run_import(kind: str, parts: Parts, arguments: Arguments) -> int:
    """Publish the text in a file, or with `--dry-run` tell what that would change."""
    with uncollected():
        return _imported(kind, parts, arguments)


def _imported(kind: str, parts: Parts, arguments: Arguments) -> int:
    draft = drafts.load(kind, arguments.file)
    if kind == POLICY:
        draft = replace(draft, running=arguments.running)
    found = _moves(parts, draft, arguments.file) if kind == "calendar" else []
    moves = [(move.case, one) for move in sorted(found, key=_by_number) for one in move.moved]
    over = _laid_over(draft, arguments) if kind == "scheme" else Fitting()
    _hold(parts, draft, arguments.file, over)
    warnings = _WARNINGS[kind](parts, draft, arguments.file)
    warned = [str(one.told(arguments.reader)) for one in warnings]
    runs = affected(parts, _policy(draft), arguments) if kind == POLICY else None
    before = parts.editions.in_force(kind).get(draft.id)
    if arguments.dry_run:
        fresh = parts.publishing.news([draft])
    else:
        parts.check_log()
        fresh = parts.publishing.publish([draft])
        if kind == "calendar":
            _follow(parts, draft, found)
    warn(arguments, warned)
    answer = {
        "kind": kind,
        "id": draft.id,
        "hash": draft.hash,
        "published": bool(fresh),
        "replaces": before.hash if before and fresh else None,
        "moves": [_move(case, moved) for case, moved in moves],
        "warnings": warned,
        **(answer_laid(over) if kind == "scheme" else {}),
        **(answer_affected(runs, arguments) if kind == POLICY else {}),
    }
    told = [_told(draft, before, fresh, dry_run=arguments.dry_run), *tell_laid(over)]
    told += tell_affected(runs, arguments) if fresh else []
    if moves:
        when = "将移动" if arguments.dry_run else "已移动"
        told.append(f"按工作日计算的期限{when} {len(moves)} 项：")
        organisation = parts.directory.current()
        told += [_told_move(organisation, case, moved) for case, moved in moves]
    return say(arguments, answer, told)


def run_list(kind: str, parts: Parts, arguments: Arguments) -> int:
    """List what was published of one kind, the newest first."""
    items = [
        {
            "id": one.edition.id,
            "hash": one.edition.hash,
            "title": f"{one.kept.title or one.kept.scheme} {one.kept.version}".rstrip(),
            "since": instant(one.edition.since),
            "in_force": one.in_force,
        }
        for one in parts.editions.listed([kind])
    ]
    return say(arguments, {"kind": kind, "items": items}, map(_told_item, items))


def publish_shipped(parts: Parts) -> list[Draft]:
    """Publish what comes with this release and was never published here; return it.

    What somebody imported since stays in force: a text that was published once is not again.
    """
    known = {edition.hash for kind in KINDS for edition in parts.editions.of(kind)}
    shipped = [draft for draft in drafts.shipped(_calendar(parts)) if draft.hash not in known]
    if shipped:
        parts.check_log()
    return parts.publishing.publish(shipped)


def _calendar(parts: Parts) -> str | None:
    """Return the version of the calendar to publish; None: none.

    Where a year is played through, what became known in it is imported on its day.
    """
    versions = calendars.versions()
    if parts.settings.environment == "production":
        return versions[-1]
    if parts.editions.of("calendar"):
        return None
    head = parts.database.reads.log_head()
    return versions[0] if head.position + head.pending == 0 else versions[-1]


def _laid_over(draft: Draft, arguments: Arguments) -> Fitting:
    """Lay a scheme over the organisation in a file; over none where none is named."""
    scheme = from_canonical(draft.canonical)
    return laid(scheme, arguments) if arguments.organisation else Fitting()


def _policy(draft: Draft) -> Policy:
    return read_policy(Document(orjson.loads(draft.canonical)))


def _hold(parts: Parts, draft: Draft, file: str, over: Fitting) -> None:
    """Hold the policy or scheme in *file* against what it speaks of.

    Raises:
        Faults: a policy names what its scheme or the organisation does not have; a scheme does not
            fit the one it follows, or the organisation it was laid *over*.
    """
    misfits: Sequence[Misfit] = ()
    if draft.kind == "policy":
        misfits = parts.policies.misfits(_policy(draft))
    elif draft.kind == "scheme":
        misfits = [*parts.fitting_in.misfits(from_canonical(draft.canonical)), *over.faults]
    if misfits:
        document = drafts.document(file)
        raise Faults([document.fault(at, reason) for at, reason in misfits])


def _without_effect(parts: Parts, draft: Draft, file: str) -> list[Fault]:
    """Return what of the policy *draft* may never be told."""
    document = drafts.document(file)
    found = parts.policies.without_effect(_policy(draft))
    return [document.fault(at, reason) for at, reason in found]


def _warnings(parts: Parts, draft: Draft, file: str) -> list[Fault]:
    """Return what in the scheme *draft* does not fit what is here, and hinders nothing yet."""
    scheme, document = from_canonical(draft.canonical), drafts.document(file)
    strange = [
        document.fault(at, said("for the present organisation: {reason}", reason=reason))
        for at, reason in parts.fitting_in.strange(scheme)
    ]
    return strange + [
        Fault(
            file=file,
            line=0,
            path="",
            reason=said("the policy in force, at {path}: {reason}", path=spell(at), reason=reason),
        )
        for at, reason in parts.policies.outgrown_by(scheme)
    ]


_WARNINGS: Mapping[str, Callable[[Parts, Draft, str], list[Fault]]] = {
    "scheme": _warnings,
    "calendar": lambda *_: [],
    POLICY: _without_effect,
}


def _moves(parts: Parts, draft: Draft, file: str) -> list[Move]:
    """Return what the calendar *draft* moves.

    Raises:
        Faults: it has no table for days by which open cases are due.
    """
    calendar = WorkingDays.from_json(draft.canonical)
    found = list(parts.replanning.preview_calendar(calendar, parts.database.work_list))
    beyond = [
        Fault(
            file=file,
            line=0,
            path="years",
            reason=said(
                "has no table for {day}, by which {number} is counted",
                day=one.day,
                number=one.case.number,
            ),
        )
        for one in found
        if isinstance(one, Beyond)
    ]
    if beyond:
        raise Faults(beyond)
    return [one for one in found if isinstance(one, Move)]


def _by_number(move: Move) -> str:
    return move.case.number


def _follow(parts: Parts, draft: Draft, previewed: Sequence[Move]) -> None:
    """Move what rests on an older edition than *draft*, which may have been published before.

    So a run that was cut off is taken up again by the same command.
    """
    edition = parts.editions.in_force(draft.kind)[draft.id]
    parts.replanning.follow_calendar(parts.database.work_list, edition.event, previewed)


def _move(case: Case, moved: Moved) -> dict[str, Any]:
    before, after = moved.desk.due.at, moved.due.at
    return {
        "case": case.id,
        "number": case.number,
        "cycle": case.cycle,
        "holder": moved.desk.unit,
        "from": None if before is None else instant(before),
        "to": None if after is None else instant(after),
    }


def _told(draft: Draft, before: Edition | None, fresh: Sequence[Draft], *, dry_run: bool) -> str:
    name = f"{_CALLED[draft.kind]} {draft.id} {draft.hash[:_SHORT]}"
    if not fresh:
        return f"{name}：已是现行版本，没有新的记录"
    replaced = f"，取代 {before.hash[:_SHORT]}" if before else ""
    return f"{name}：{'将发布' if dry_run else '已发布'}{replaced}"


def _told_move(organisation: Organisation, case: Case, moved: Moved) -> str:
    place = organisation.unit(moved.desk.unit)
    desk = place.name if place else moved.desk.unit
    return f"  {case.number}（{desk}）：{_last_day(moved.desk.due.at)} → {_last_day(moved.due.at)}"


def _last_day(due_at: datetime | None) -> date | None:
    return due_at and local_day(due_at - _INSTANT, ZONE)


def _told_item(item: dict[str, Any]) -> str:
    mark = "现行" if item["in_force"] else "  "
    return f"{mark} {item['since'][:10]} {item['hash']} {item['id']} {item['title']}"
