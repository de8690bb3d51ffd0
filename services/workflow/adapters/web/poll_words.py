"""What stands in the way of a poll, in the words of its sheet."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from schemas.complaints import Fault
from services.workflow.adapters.web import rendering
from services.workflow.adapters.web.languages import N_, Words, _, taken
from services.workflow.domain.refusals import Blocker

SUMS = Words(
    {
        "n_paper": N_("有效纸质票"),
        "n_void": N_("无效"),
        "n_returned": N_("未用交回"),
        "n_not_returned": N_("未交回"),
    }
)
_LINE = re.compile(r"\[([0-9]{1,6})\]", re.ASCII)  # of what was typed one below the other
_NAMED = re.compile("[a-z_]+/[0-9a-f-]{36}|[a-z_]+", re.ASCII)  # a case, or a name of the scheme


def in_words(blocker: Blocker, words: Mapping[str, str]) -> Blocker:
    """Return *blocker* with what people read in place of names of the scheme, and of cases."""
    params = {
        name: _places(value, words)
        if name == "places"
        else _NAMED.sub(lambda found: words.get(found[0], found[0]), value)
        for name, value in blocker.params.items()
        if isinstance(value, str)
    }
    return replace(blocker, params={**blocker.params, **params})


def fault_in_words(fault: Fault, words: Mapping[str, str]) -> str:
    """Return what is wrong with a form of a poll, and where, in the words of its sheet."""
    of = fault.field.split(".")
    place = " ".join(words[one] for one in of if one in words)
    if not place:
        line = _LINE.search(fault.field)
        n = int(line[1]) + 1 if line else 0
        place = _("核验码第 %(n)s 行", n=n) if n else _("核验码")
    said = _("%(field)s：%(why)s", field=place, why=rendering.told(Blocker(code=fault.code))[0])
    accepted = taken(fault)
    return said + (accepted and _("（%(accepted)s）", accepted=accepted))


def _places(told: object, words: Mapping[str, str]) -> str:
    """Return where two counts differ: of whom, and at what; one after the other as on the sheet."""
    nth = {name: n for n, name in enumerate(words)}
    in_sheet = {what: n for n, what in enumerate(words.values())}

    def in_order(told: Iterable[str]) -> list[str]:
        return sorted(told, key=lambda what: in_sheet.get(what, len(in_sheet)))

    found = dict[tuple[str, ...], list[str]]()
    for place in str(told).split("; "):
        *of, what = place.split(".", 3)
        found.setdefault(tuple(of), []).append(words.get(what, what))
    lines = sorted(found, key=lambda of: [nth.get(one, -1) for one in of])
    return _("；").join(
        " ".join(words.get(one, one) for one in of) + _("：") + _("、").join(in_order(found[of]))
        for of in lines
    )
