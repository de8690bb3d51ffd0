"""A case and its round in the words of the scheme: what every board and page speaks.

The one idea: pages know one language, that of format 2; events of before are lifted here.
"""

from dataclasses import dataclass, replace

from schemas.envelope import Envelope
from schemas.upcast import upcast
from schemas.vocabulary import Vocabulary
from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.documents import Column, Document
from services.workflow.domain.language.model.lives import Kind, Life, Origin
from services.workflow.domain.language.model.rosters import Roster
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Consequence
from services.workflow.domain.language.showing.contents import told_way
from services.workflow.domain.language.showing.naming import Here
from services.workflow.domain.language.showing.phrases import Phrases, phrases


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

    @property
    def a_case(self) -> str:
        """What a case is called in its scheme; as its kind, where that has no word for it."""
        return self.word("case", self.kind.label)

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

    def findings_on(self, document: str) -> Document | None:
        """Return the document whose rows point at paragraphs of *document*; None: there is none."""
        known = self.scheme.documents.values()
        return next((one for one in known if one.points_at and one.about == document), None)

    @property
    def gathers(self) -> Roster | None:
        """The roster that cases like this one take; None where nobody gathers for them."""
        taken = (take.name for one in self.life.triggers.values() for take in one.takes)
        rosters = self.scheme.rosters
        return next((rosters[name] for name in taken if name in rosters), None)

    @property
    def record(self) -> str:
        """The document that tells how it went where people gathered; "": there is none."""
        roster = self.gathers
        return roster.agenda.record if roster and roster.agenda else ""

    def followed(self, consequence: Consequence) -> str:
        """Return what follows, in words."""
        return told_way(consequence, self)

    def columns(self, document: str) -> tuple[Column, ...]:
        """Return the columns of a document with rows."""
        known = self.filed(document)
        return known.columns if known else ()


def spoken(
    case: Case, scheme: Scheme, vocabulary: Vocabulary, say: Phrases | None = None
) -> Spoken:
    """Return the words for *case*; names themselves where its scheme does not know it."""
    kind = scheme.kinds.get(case.kind)
    if kind is None:
        kind = Kind(name=case.kind, label=case.label, origin=Origin("on_request"), lives=())
    return Spoken(scheme, kind, _life(kind, case.tier or ""), say or phrases(), vocabulary)


def _life(kind: Kind, tier: str) -> Life:
    """Return the life of a kind's tier; an empty one where there is none such."""
    found = next((life for life in kind.lives if life.tier == tier), None)
    return found or Life(
        tier=tier,
        label=kind.label,
        unit_kinds=(),
        initial="",
        states={},
        triggers={},
        audits={},
        parties={},
    )
