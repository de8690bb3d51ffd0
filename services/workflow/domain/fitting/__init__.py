"""Whether a scheme fits an organisation: its words are there, its parties found, its desks held.

Asked by the check of a file with an organisation beside it, at import, and by the preview of an
opening. A *fault* is a place where the scheme cannot mean this organisation; a *gap* is what the
organisation lacks today: the case is expected and not opened, or lies on a vacant desk.
"""

from dataclasses import dataclass, field
from datetime import date

from schemas.document import Path
from services.workflow.domain.fitting.electing import check_electorates
from services.workflow.domain.fitting.placing import Placing
from services.workflow.domain.fitting.wording import check_words
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.organisation import Organisation

SORTS = (
    "post_vacant",  # nobody the case would be about: expected, not opened
    "party_missing",  # no such unit: expected, not opened
    "party_ambiguous",  # several such units: expected, not opened
    "vacant",  # a desk that nobody holds
    "exempt",
    "not_filled_in",  # a condition asks for what is not told of the unit
    "link_empty",  # what waits for it counts as fulfilled
)


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is not there, or is left out, in one unit."""

    sort: str  # one of SORTS
    kind: str  # of case
    unit: str
    what: str  # desk, party, rule, attribute or link


@dataclass(slots=True)
class Fitting:
    """All that was found."""

    faults: list[tuple[Path, str]] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    expected: dict[str, int] = field(default_factory=dict)  # cases at opening, by kind


def fit(scheme: Scheme, organisation: Organisation, day: date) -> Fitting:
    """Return how *scheme* fits *organisation* as it is on *day*."""
    found = Fitting()

    def note(at: Path, reason: str) -> None:
        if (at, reason) not in found.faults:
            found.faults.append((at, reason))

    check_words(scheme, organisation.vocabulary, organisation.units, note)
    if not found.faults:  # places of kinds and roles that are not there would all be faults again
        placing = Placing(scheme, organisation, day)
        placing.check(note)
        check_electorates(placing, note)
        gaps = dict.fromkeys(Gap(*each) for each in placing.gaps)
        found.gaps.extend(gaps)
        found.expected.update(placing.expected())
    return found
