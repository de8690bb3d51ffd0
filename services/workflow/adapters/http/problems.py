"""Problems: every answer that is not a success has this one shape, RFC 9457 and our codes.

A problem is built from codes and figures; the sentences are looked up last, in the language the
client prefers. A problem about an absent case and about one that is not yours are the same bytes.

Source: https://www.rfc-editor.org/rfc/rfc9457
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from schemas.complaints import Fault
from services.workflow.adapters.http import documents
from services.workflow.domain import refusals
from services.workflow.domain.reasons import REASONS, accepted, sentence
from services.workflow.domain.refusals import Blocker

CONTENT_TYPE = "application/problem+json"
Headers = Mapping[str, str]


@dataclass(kw_only=True, eq=False)  # not frozen: Python itself writes to exceptions
class Problem(Exception):
    """One answer that is not a success; raised from wherever it is found out."""

    status: int
    code: str  # a key of `reasons.REASONS`
    blockers: tuple[Blocker, ...] = ()
    faults: tuple[Fault, ...] = ()  # of fields of the request
    more: Mapping[str, Any] = field(default_factory=dict)  # state, version, allowed_triggers
    headers: Headers = field(default_factory=dict)

    def document(self, language: str) -> dict[str, Any]:
        """Return the problem's members in *language*."""
        title, _ = sentence(Blocker(code=self.code, params=self._params()), language)
        errors = [
            *(_of_fault(fault, language) for fault in self.faults),
            *(_of_blocker(blocker, language) for blocker in self.blockers),
        ]
        members: dict[str, Any] = {
            "type": f"urn:shuping:problem:{self.code}",
            "title": title,
            "status": self.status,
            "code": self.code,
        }
        if errors:
            members["errors"] = errors
        return {**members, **self.more}

    def body(self, language: str) -> bytes:
        """Return the problem's bytes in *language*."""
        return orjson.dumps(self.document(language))

    def _params(self) -> Mapping[str, str | int]:
        same = [blocker.params for blocker in self.blockers if blocker.code == self.code]
        return same[0] if same else {}


def _of_fault(fault: Fault, language: str) -> dict[str, str]:
    reason, _ = sentence(Blocker(code=fault.code, field=fault.field), language)
    takes = accepted(fault, language)
    return {"field": fault.field, "code": fault.code, "reason": reason, "accepted": takes}


def _of_blocker(blocker: Blocker, language: str) -> dict[str, str]:
    reason, would_pass_if = sentence(blocker, language)
    return {
        "field": blocker.field,
        "code": blocker.code,
        "reason": reason,
        "accepted": would_pass_if,
    }


def blocker_view(blocker: Blocker, language: str) -> dict[str, str]:
    """Return a blocker as lists of possible triggers show it."""
    reason, would_pass_if = sentence(blocker, language)
    return {"code": blocker.code, "reason": reason, "would_pass_if": would_pass_if}


def malformed(*faults: Fault, code: str = "malformed") -> Problem:
    """Return the 400 for a request of the wrong shape."""
    return Problem(status=400, code=code, faults=faults)


_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def not_found() -> Problem:
    """Return the one 404 there is, for what is absent and for what is not yours."""
    return Problem(status=404, code="not_found")


def require_id(text: str) -> str:
    """Return an id from a path.

    Raises:
        Problem: 404: what cannot be an id of ours names nothing, and no database is asked (one
            of them refuses NUL in any text).
    """
    if _ID.fullmatch(text) is None:
        raise not_found()
    return text


RETRY_S = {"Retry-After": "1"}


def of_blockers(
    status: int,
    blockers: Sequence[Blocker],
    *,
    faults: Sequence[Fault] = (),
    more: Mapping[str, Any] | None = None,
    headers: Headers | None = None,
) -> Problem:
    """Return the problem of a refusal; its code is that of its reasons, where they agree."""
    codes = {blocker.code for blocker in blockers} | {fault.code for fault in faults}
    return Problem(
        status=status,
        code=codes.pop() if len(codes) == 1 else "not_fulfilled",
        blockers=tuple(blockers),
        faults=tuple(faults),
        more=more or {},
        headers=headers or {},
    )


def of_refusal(refused: refusals.Refused) -> Problem:
    """Return the problem for a refusal: the one place where refusals become statuses.

    Raises:
        LookupError: a refusal nobody thought of here; that is a bug, and answered as one.
    """
    match refused:
        case refusals.Malformed():
            status = REASONS[refused.code].status
            return Problem(status=status, code=refused.code, faults=refused.faults)
        case refusals.NotYours():
            return not_found()
        case refusals.NotAllowed():
            return of_blockers(403, (refused.blocker,))
        case refusals.Conflict():
            status = REASONS[refused.blocker.code].status
            told = refused.blocker.params
            more = {name: told[name] for name in told if name in documents.PROBLEM.fields}
            return of_blockers(status, (refused.blocker,), more=more)
        case refusals.Invalid():
            return of_blockers(422, refused.blockers)
        case refusals.TooOften():
            return Problem(
                status=429, code="rate_limited", headers={"Retry-After": str(refused.wait_s)}
            )
        case refusals.OutcomeUnknown():
            return Problem(status=503, code="outcome_unknown", headers=RETRY_S)
        case refusals.StoreUnavailable() | refusals.NotifierAway():
            return Problem(status=503, code="unavailable", headers=RETRY_S)
        case refusals.LogDamaged():
            return Problem(status=503, code="log_damaged")
    raise LookupError(f"no status for {type(refused).__name__}")
