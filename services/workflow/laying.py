"""A scheme laid over an organisation in a file, as it is on a day: what does not fit, what lacks.

The same for the check of a scheme and for its import.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from schemas.calendar import local_day
from services.workflow.adapters import clock
from services.workflow.adapters.files import organisation_file
from services.workflow.console import Arguments
from services.workflow.domain.fitting import SORTS, Fitting, fit
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.organisation import Organisation, difference

_NOBODY = {"sha256": "0" * 64, "length": 0}  # names are no matter here
_CALLED = {
    "post_vacant": "无人任职，不立案",
    "party_missing": "没有所需的单位，不立案",
    "party_ambiguous": "所需的单位不止一个，不立案",
    "vacant": "责任方空缺",
    "exempt": "不立案",
    "not_filled_in": "未填写",
    "link_empty": "没有这一联系",
}


def laid(scheme: Scheme, arguments: Arguments) -> Fitting:
    """Lay *scheme* over the organisation in the file that the arguments name."""
    day = arguments.day or scheme.round.opens or local_day(clock.system_now(), scheme.zone)
    return fit(scheme, read_organisation(arguments.organisation), day)


def tell_laid(found: Fitting) -> list[str]:
    """Return how many cases are expected, and each gap, as people read them."""
    told = [f"{kind}: 将立案 {n} 件" for kind, n in found.expected.items()]
    gaps = (f"{gap.kind} {gap.unit}: {_CALLED[gap.sort]}（{gap.what}）" for gap in _sorted(found))
    return [*told, *gaps]


def answer_laid(found: Fitting) -> dict[str, Any]:
    """Return the same for machines."""
    return {"expected": found.expected, "gaps": [asdict(gap) for gap in _sorted(found)]}


def read_organisation(file: str) -> Organisation:
    """Return the organisation in *file*, without names."""
    nobody = Organisation.empty()
    known = difference(nobody, {}, organisation_file.load(Path(file)))
    return nobody.evolve_all(known.events(lambda _: _NOBODY))


def _sorted(found: Fitting) -> list[Any]:
    return sorted(found.gaps, key=lambda gap: (SORTS.index(gap.sort), gap.kind, gap.unit))
