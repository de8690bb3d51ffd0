"""A refusal as it goes into the log, beside the case: refusing moves no version.

The same one again within ten minutes is answered and not recorded anew: an impatient client does
not fill the log. It leaves its key free: nothing changed, and the next try is judged anew.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from schemas import limits
from schemas.canonical import canonical_bytes
from schemas.facts import EVENTS
from schemas.instants import instant
from schemas.streams import REFUSALS
from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.firing.commands import CaseCommand, Word
from services.workflow.application.firing.judging import Rejected
from services.workflow.application.firing.sealing import partition_key
from services.workflow.application.ports import Append, Refusal, SideStream
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import recorded_at
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import Blocker

FACT = "trigger_refused"
SAME_REFUSAL_WITHIN = timedelta(minutes=10)
# What events keep for ever of how a command was answered.
KEPT_AS: Final[Mapping[Word, int]] = {
    "not_allowed": 403,
    "absent": 404,
    "unfit": 409,
    "not_fulfilled": 422,
}


def refusals_of(case: Case) -> str:
    """Return the name of the stream that takes refusals about *case*."""
    return f"{case.stream}/{REFUSALS}"


def refused_lately(command: CaseCommand, rejected: Rejected, case: Case, side: SideStream) -> bool:
    """Tell whether this very refusal is among the recent ones of *side*."""
    refusal = _as_refusal(command, rejected, case)
    return any(row == refusal for row, _, _ in side.recent)


def refusal(
    command: CaseCommand,
    rejected: Rejected,
    case: Case,
    side: SideStream,
    organisation: Organisation,
    sealer: Sealer,
    now: datetime,
) -> Append:
    """Return what *rejected* writes at the end of *side*."""
    stream, version = refusals_of(case), side.version + 1
    # Another writer may have been first with a later time: the log orders by it.
    at = recorded_at(max(now, case.recorded_at), side.recorded_at)
    data: dict[str, object] = {
        "trigger": command.trigger,
        "state": case.state,
        "version": case.version,
        "status": KEPT_AS[rejected.answer.outcome],
        "blockers": _kept(rejected),
        "effective_at": instant(rejected.effective_at),
    }
    if command.desk:
        data["desk"] = command.desk
    body = sealer.event(
        FACT,
        stream,
        version,
        data,
        at=at,
        origin=Origin.of(command.actor, command.correlation),
        root=organisation.root or "",
        organisation_version=organisation.version,
        scheme_hash=case.scheme,
        partition_key=partition_key(case),
    )
    return Append(
        stream=stream,
        version=version,
        type=EVENTS.latest(FACT),
        recorded_at=at,
        body=body,
        refusal=_as_refusal(command, rejected, case),
    )


def verdict_digest(status: int, blockers: Sequence[Mapping[str, object]]) -> str:
    """Return what two refusals have in common when they say the same."""
    return sha256(canonical_bytes([status, list(blockers)])).hexdigest()


def _as_refusal(command: CaseCommand, rejected: Rejected, case: Case) -> Refusal:
    return Refusal(
        case=case.id,
        actor=command.actor.person or f"client:{command.actor.client}",
        trigger=command.trigger,
        case_version=case.version,
        verdict=verdict_digest(KEPT_AS[rejected.answer.outcome], _kept(rejected)),
    )


def _kept(rejected: Rejected) -> list[dict[str, object]]:
    """Return what the log keeps of why: the first of very many; the answer tells all of them."""
    return [_plain(one) for one in rejected.answer.blockers[: limits.BLOCKERS]]


def _plain(blocker: Blocker) -> dict[str, object]:
    plain: dict[str, object] = {"code": blocker.code}
    if blocker.field:
        plain["field"] = blocker.field
    if blocker.params:
        plain["params"] = dict(blocker.params)
    return plain
