"""Who a round is for, and has no case in it: by name, with the reason or the rule that exempts.

What was left out at the opening lies beside the log, under the hash that the round keeps; who has
been given a case since is no longer in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import orjson

from schemas.calendar import local_day
from services.workflow.application.ports import CycleRow, Text
from services.workflow.application.ranking import pages_of
from services.workflow.application.reading_ports import ListQuery, Reads
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.turns import expected_as
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.organisation import Organisation

AT_ONCE = 5_000  # cases of one statement
_EXEMPT = "exempt"


@dataclass(frozen=True, kw_only=True, slots=True)
class Lacking:
    """A unit without a case that is, or would be, for it."""

    unit: str
    kind: str
    tier: str  # "": the kind has none, or the unit of a list that keeps none is gone
    reason: str  # a code; "" where a rule exempts it
    rule: str  # the label of that rule

    @property
    def is_exempt(self) -> bool:
        """Whether none is expected there."""
        return bool(self.rule) or self.reason == _EXEMPT


def lacking(
    row: CycleRow,
    scheme: Scheme,
    organisation: Organisation,
    reads: Reads,
    texts: Mapping[bytes, Text] | None = None,
) -> tuple[Lacking, ...]:
    """Return who has no case in the round of *row*, in the order of opening.

    Nobody, where the list was erased, or is of a release that kept none. *texts* has the list, if
    it was read with others.
    """
    hashes = left_out_of(row)
    known = reads.texts(hashes) if texts is None and hashes else texts or {}
    left = [one for hash_ in hashes if hash_ in known for one in orjson.loads(known[hash_].content)]
    kinds = {name: kind for name, kind in scheme.kinds.items() if kind.origin.form == "each"}
    since = {(case.kind, case.unit) for kind in kinds for case in _opened(row, kind, left, reads)}
    return tuple(
        Lacking(
            unit=one["unit"],
            kind=one["kind"],
            tier=_tier(one, scheme, organisation),
            reason=one.get("reason", ""),
            rule=one.get("rule", ""),
        )
        for one in left
        if one["kind"] in kinds and (one["kind"], one["unit"]) not in since
    )


def of_later_turns(
    row: CycleRow,
    scheme: Scheme,
    kind: Kind,
    life: Life,
    opened: int,
    states: Mapping[str, int],
    reads: Reads,
) -> int:
    """Return how many cases of a *life* belong to no turn that the round began with.

    What was *opened* then is of the first; each of the others is expected as soon as it is there.
    No statement, but for a kind with turns of its own of which some cases were given up.
    """
    if not kind.every:
        return 0
    lives = _given_up_with_others(row, kind, life, states, reads)
    turns = {expected_as(kind, one, local_day(one.opened_at, scheme.zone)) for one in lives}
    again = len(lives) - len(turns)
    return max(0, sum(states.values()) - again - opened)


def _given_up_with_others(
    row: CycleRow, kind: Kind, life: Life, states: Mapping[str, int], reads: Reads
) -> list[Case]:
    """Return all cases of the units where one was given up: others may stand in their place."""
    given_up = tuple(
        state for state, end in life.ends.items() if end == "abandoned" and states.get(state)
    )
    if not given_up:
        return []
    query = ListQuery(cycle=row.id, kind=kind.name, tier=life.tier or None, limit=AT_ONCE)
    lost = (one for page in pages_of(reads, replace(query, states=given_up)) for one in page)
    units = tuple(sorted({one.unit for one in lost}))
    return [one for page in pages_of(reads, replace(query, units=units)) for one in page]


def left_out_of(row: CycleRow) -> list[bytes]:
    """Return the hash of the list that a round keeps; of none, none."""
    return [bytes.fromhex(row.left_out)] if row.left_out else []


def _opened(
    row: CycleRow, kind: str, left: Iterable[Mapping[str, str]], reads: Reads
) -> Iterable[Case]:
    units = tuple(sorted({one["unit"] for one in left if one["kind"] == kind}))
    if not units:
        return ()
    return reads.list_cases(ListQuery(cycle=row.id, kind=kind, units=units, limit=AT_ONCE)).cases


def _tier(one: Mapping[str, str], scheme: Scheme, organisation: Organisation) -> str:
    """Return the tier at the opening; a list of before kept none, so there by the unit of today."""
    if "tier" in one:
        return one["tier"]
    unit = organisation.unit(one["unit"])
    life = None if unit is None else scheme.kinds[one["kind"]].life_of(unit.kind)
    return "" if life is None else life.tier
