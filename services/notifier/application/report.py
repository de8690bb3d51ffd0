"""Reporting: what was sent and what was not goes back into the workflow's log.

Reports are rows until the workflow has answered for each; a workflow that is away for a week gets
them then. The id of a notice makes the call idempotent.
"""

from typing import Any

from schemas.instants import instant
from services.notifier.application.ports import Workflow
from services.notifier.application.store_ports import Store
from services.notifier.domain.errors import WorkflowUnavailable
from services.notifier.domain.notice import Notice

BATCH = 500
TRY_AGAIN = 503
# A workflow of the release before, which is upgraded after the notifier, knows this kind of case
# alone, and knows it by its id.
_KIND_BEFORE = "review"


def report(store: Store, workflow: Workflow, epoch: int) -> dict[str, int]:
    """Report one batch of final notices; return {notice id: status} of those answered for good.

    Raises:
        WorkflowUnavailable, WorkflowRefused, LeaseLost, StoreUnavailable
    """
    with store.seeing() as tx:
        waiting = tx.ledger.unreported(BATCH)
    if not waiting:
        return {}
    answers = workflow.record([wire(notice) for notice in waiting])
    known = {notice.id for notice in waiting}
    final = {
        id_: answer.status
        for id_, answer in answers.items()
        if id_ in known and answer.status != TRY_AGAIN
    }
    with store.writing(epoch) as tx:
        tx.ledger.reported(final)
    if len(final) < len(known):
        raise WorkflowUnavailable("some reports are to be tried again")
    return final


def wire(notice: Notice) -> dict[str, Any]:
    """Return *notice* as `POST /v1/notices` takes it; optional keys are absent, never null."""
    body: dict[str, Any] = {
        "notice": notice.id,
        **_subject(notice),
        "state": notice.state,
        "track": notice.track,
        "rung": notice.rung,
        "kind": notice.kind,
        "channel": notice.channel,
        "outcome": notice.status,
        "reason": notice.reason,
        "skipped": [_skipped(entry) for entry in notice.skipped],
        "planned_at": instant(notice.planned_at),
        "decided_at": instant(notice.decided_at),
        "policyhash": notice.policy,
    }
    # Only what says something: a workflow of the release before knows none of these six, and is
    # told without them by the client.
    if notice.attempts:
        body["attempts"] = notice.attempts
    if notice.settled_at is not None:
        body["settled_at"] = instant(notice.settled_at)
    if notice.words is not None:
        body["wordshash"] = notice.words.digest
    if notice.instead_of is not None:
        body["instead_of"] = notice.instead_of
    if notice.asks:
        body["acknowledgement"] = True
    if notice.why_channel:
        body["why_channel"] = notice.why_channel
    if notice.desk:
        body["desk"] = notice.desk
    if notice.due_at is not None:
        body["due_at"] = instant(notice.due_at)
    if notice.recipient is not None:
        body["recipient"] = {
            "person": notice.recipient.person,
            "unit": notice.recipient.unit,
            "role": notice.recipient.role,
        }
    return body


def _subject(notice: Notice) -> dict[str, Any]:
    kind, _, id_ = notice.case.partition("/")
    if kind == _KIND_BEFORE:
        return {"review": id_, "review_version": notice.case_version}
    return {"subject": notice.case, "version": notice.case_version}


def _skipped(entry: Any) -> dict[str, str]:
    told = {"unit": entry.unit, "role": entry.role, "reason": entry.reason}
    return told if entry.person is None else {**told, "person": entry.person}
