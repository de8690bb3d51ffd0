"""A case and its round in the words of the scheme: what every board and page speaks.

The one idea: pages know one language, that of format 2. What the running store keeps of format 1,
a scheme's text and a head, is lifted here and nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from schemas.envelope import Envelope
from schemas.upcast import GRADING, HEARING_BODY, upcast
from schemas.vocabulary import Vocabulary
from services.workflow.application.rulebook import Rules
from services.workflow.domain.case.evolving import evolve, open_case
from services.workflow.domain.case.head import Audit, Case, Due, Graded, Holder, changed
from services.workflow.domain.language.loading import from_canonical
from services.workflow.domain.language.model.documents import Column, Document
from services.workflow.domain.language.model.lives import Kind, Life, Origin
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.showing.naming import Here
from services.workflow.domain.language.showing.phrases import phrases
from services.workflow.domain.review import Review

Head = Review | Case


def scheme_of(rules: Rules) -> Scheme:
    """Return the scheme of a round, of either format."""
    scheme: Any = rules.scheme
    return scheme if isinstance(scheme, Scheme) else _lifted(scheme.canonical)


def is_of_format_1(rules: Rules) -> bool:
    """Tell whether the engine of format 1 runs a round: its triggers spell their data otherwise."""
    return not isinstance(rules.scheme, Scheme)


@lru_cache(64)
def _lifted(canonical: bytes) -> Scheme:
    return from_canonical(canonical)


def case_of(head: Head, scheme: Scheme) -> Case:
    """Return a head as a case of any kind; what a head of format 1 does not know stays empty."""
    if isinstance(head, Case):
        return head
    kind = scheme.kinds.get(head.kind)
    due = Due(at=head.due_at, by_hand=head.due_fixed)
    holders = () if head.holder is None else (_held(head, due),)
    scores, grades = head.scores, {}
    if "grade" in scores:
        figure = Decimal(scores["final"])
        grades[GRADING] = Graded(name=scores["grade"], figure=figure)
    ends = {} if kind is None else _life(kind, head.tier or "").ends
    return Case(
        **{name: getattr(head, name) for name in _SAME},
        label=head.kind if kind is None else kind.label,
        parties={HEARING_BODY: head.hearing_body} if head.hearing_body else {},
        audits=tuple(Audit(stage=one.stage, body=one.body) for one in head.audits),
        of=head.of if "/" in head.of else None,
        final=ends.get(head.state, "completed" if head.holder is None else ""),
        holders=holders,
        due=due,
        grades=grades,
    )


_SAME = (
    *("id", "kind", "family", "number", "cycle", "scheme", "person", "unit", "unit_kind", "tier"),
    *("path", "state", "version", "entered_at", "effective_at", "recorded_at", "opened_at"),
    *("initial", "suspended_at", "paused_days"),
)


def _held(head: Review, due: Due) -> Holder:
    holder = head.holder
    assert holder is not None  # noqa: S101 - its caller has looked
    return Holder(unit=holder.unit, role=holder.role, person=holder.person, due=due)


def folded(head: Head, case: Case, own: Sequence[Envelope]) -> Case:
    """Return *case* with all that its *own* events say, where they are whole and can be read."""
    if isinstance(head, Case) or [one.streamversion for one in own] != [
        *range(1, head.version + 1)
    ]:
        return case
    first, *rest = own
    made = open_case(case.id, first.data, case.scheme, first.time, actor=first.actor)
    for event in rest:
        made = evolve(made, event.fact, event.data, event.actor, event.time)
    return changed(made, {"family": case.family})


def lifted(event: Envelope, case: Case) -> Envelope:
    """Return an event of *case* in the newest words.

    What that needs of the case's opening is pinned in its head, so nothing is read for it.
    """
    audits = [{"stage": one.stage, "body": one.body} for one in case.audits]
    opening = replace(event, data={"audits": audits, "state": case.initial})
    return upcast(event, opening)


@dataclass(frozen=True, slots=True)
class Spoken(Here):
    """What things of a case are called."""

    def word(self, name: str, otherwise: str = "") -> str:
        """Return the scheme's word for *name*: product, case, subject, hearing."""
        return self.scheme.words.get(name, otherwise)

    def grade(self, grading: str, name: str) -> str:
        """Return what a grade is called."""
        known = self.scheme.gradings.get(grading)
        grades = known.of_tier(self.life.tier).grades if known else ()
        return next((one.label or one.name for one in grades if one.name == name), name)

    def filed(self, name: str) -> Document | None:
        """Return what the scheme says of a document; None where it does not know it."""
        return self.scheme.documents.get(name)

    def part(self, document: str, name: str) -> str:
        """Return what a part, or a given row, of a document is called; the document, if nothing."""
        known = self.filed(document)
        parts = (*known.parts, *known.rows) if known else ()
        return next((one.label for one in parts if one.name == name), self.document(document))

    def columns(self, document: str) -> tuple[Column, ...]:
        """Return the columns of a document with rows."""
        known = self.filed(document)
        return known.columns if known else ()


def spoken(case: Case, scheme: Scheme, vocabulary: Vocabulary) -> Spoken:
    """Return the words for *case*; names themselves where its scheme does not know it."""
    kind = scheme.kinds.get(case.kind)
    if kind is None:
        kind = Kind(name=case.kind, label=case.label, origin=Origin("on_request"), lives=())
    return Spoken(scheme, kind, _life(kind, case.tier or ""), phrases(), vocabulary)


def _life(kind: Kind, tier: str) -> Life:
    """Return the life of a kind's tier; an empty one where there is none such."""
    found = next((life for life in kind.lives if life.tier == tier), None)
    return found or Life(
        tier=tier,
        label="",
        unit_kinds=(),
        initial="",
        states={},
        triggers={},
        audits={},
        parties={},
    )
