"""Triggers: what an act takes, changes, leaves behind and does elsewhere (§3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from services.workflow.domain.language.model.days import Which
from services.workflow.domain.language.model.guards import Guard
from services.workflow.domain.language.model.parties import Grant
from services.workflow.domain.language.model.placed import Placed
from services.workflow.domain.language.model.where import EVERYWHERE, Where

Fact = Literal[
    "desk_signed",
    "subject_replaced",
    "corrected",
    "state_changed",
    "suspended",
    "resumed",
    "deadline_changed",
    "planned_day_set",
    "document_filed",
    "case_changed",
    "draw_frozen",
    "draw_attested",
    "draw_completed",
    "draw_exempted",
]
Step = Literal["freeze", "attest", "enter", "exempt"]
Suspension = Literal["refused", "allowed", "required"]
Forgotten = Literal["verdicts", "scores", "submission", "signatures", "grade", "reached"]

FORGETTABLE: tuple[Forgotten, ...] = (
    "verdicts",
    "scores",
    "submission",
    "signatures",
    "grade",
    "reached",
)


STEPS: Mapping[Step, Fact] = {
    "freeze": "draw_frozen",
    "attest": "draw_attested",
    "enter": "draw_completed",  # the first number that is entered is `draw_number_entered`
    "exempt": "draw_exempted",
}


@dataclass(frozen=True, slots=True)
class ToState(Placed):
    """`to: presented`."""

    state: str


@dataclass(frozen=True, slots=True)
class NextAudit(Placed):
    """`to: {next_audit_or: cleared}`: the next audit of the case, after the last one *state*."""

    state: str


@dataclass(frozen=True, slots=True)
class Route(Placed):
    """`to: {by: person, routes: {poor: interview}, else: closed}`: by the grade in force."""

    grading: str
    routes: Mapping[str, str]  # grade -> state
    otherwise: str  # the state of every other grade


Target = ToState | NextAudit | Route


@dataclass(frozen=True, kw_only=True, slots=True)
class Take(Placed):
    """One thing a trigger takes as data: `{document: report}`, `{component: ballot}`, …

    *name* is that of the document, component, grading or draw; of a roster that of the electorate,
    of a decision the party of units that took it ("": any body, named with the decision).
    """

    what: str  # the kind of datum, one of `domain.data`; a kind may say more of it than stands here
    name: str
    optional: bool = False
    by_hand: bool = False  # a component that comes from a poll may be typed in
    by_code: bool = False  # presence: whoever acts tells their own, by the code shown there
    strikes: bool = False  # a roster: rows are struck off it, none is put on it
    where: Where = EVERYWHERE  # taken of these cases only


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawStep(Take):
    """`{draw: on_site, step: freeze}`: what a trigger does of a draw."""

    step: Step


@dataclass(frozen=True, slots=True)
class Setting(Placed):
    """One thing a trigger sets: `deadline`, `mode`, `flag`, `order`, `{planned: held}`.

    *name* is the planned state; of a mode or flag the one that is set ("": the data say which).
    """

    what: Literal["deadline", "mode", "flag", "order", "planned"]
    name: str = ""
    optional: bool = False  # a deadline that may be left to its rule


@dataclass(frozen=True, slots=True)
class Opens(Placed):
    """`opens: {case, for, with}`: a case that is opened as an effect."""

    kind: str
    party: str = ""  # `for`: whose anchor; "": a child of the case, or its own anchor
    given: tuple[str, ...] = ()  # `with`: names of what the trigger takes that goes with it


@dataclass(frozen=True, slots=True)
class Fires(Placed):
    """`fires: {case: <link>, trigger, with}`: a trigger of linked cases, fired as an effect."""

    link: str
    trigger: str
    which: Which = "all"  # of a link to many
    given: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger(Placed):
    """An act: from where to where, who may, what it needs, changes and leaves behind."""

    name: str
    label: str
    sources: tuple[str, ...]  # `from`, of the states its life has; empty: not for this life
    to: Target | None = None  # None: the state stays
    by: tuple[Grant, ...] = ()
    by_desk: bool = False  # `by: desk`: the holder of one of the state's desks signs it
    guards: tuple[Guard, ...] = ()
    four_eyes: bool = False  # no subject, no submitter in force, nobody who signed this stay
    # `four_eyes: [ … ]`: another than who fired one of these triggers, or is of such a party.
    other_than: tuple[str, ...] = ()
    reason_required: bool = False
    suspended: Suspension = "refused"  # what it thinks of a suspended case
    records: Literal["", "suspended", "resumed", "deadline_changed"] = ""
    verdict: Literal["", "pass", "back"] = ""
    forgets: tuple[Forgotten, ...] = ()
    sets: tuple[Setting, ...] = ()
    takes: tuple[Take, ...] = ()
    presents: str = ""  # the document that is presented, in the version that has passed
    replaces: bool = False  # `replaces: subject`
    corrects: tuple[Take, ...] = ()  # components and grades
    waives: tuple[str, ...] = ()  # components taken out of the grade
    opens: tuple[Opens, ...] = ()
    fires: tuple[Fires, ...] = ()

    @property
    def fact(self) -> Fact:
        """The fact it leaves; while desks have still to sign it is `desk_signed`."""
        if self.draws is not None:
            return STEPS[self.draws.step]
        if self.replaces:
            return "subject_replaced"
        if self.corrects:
            return "corrected"
        if self.to is not None:
            return "state_changed"
        if self.records:
            return self.records
        if not self.takes and [one.what for one in self.sets] == ["planned"]:
            return "planned_day_set"
        filed = any(take.what == "document" for take in self.takes)
        return "document_filed" if filed else "case_changed"

    @property
    def draws(self) -> DrawStep | None:
        """What it does of a draw; None if nothing."""
        return next((take for take in self.takes if isinstance(take, DrawStep)), None)

    @property
    def only_fires(self) -> bool:
        """Tell whether all it does is what it fires elsewhere, with all that it takes handed on."""
        does = (
            self.to,
            self.records,
            self.verdict,
            self.forgets,
            self.sets,
            self.presents,
            self.replaces,
            self.corrects,
            self.waives,
            self.opens,
        )
        handed = {name for one in self.fires for name in one.given}
        return bool(self.fires) and not any(does) and all(one.name in handed for one in self.takes)

    @property
    def caused(self) -> bool:
        """Tell whether another case's event may fire it."""
        return any(grant.cause for grant in self.by)

    def fits_suspension(self, suspended: bool) -> bool:  # noqa: FBT001 - it is the question
        return self.suspended != "refused" if suspended else self.suspended != "required"

    def fits(self, state: str, *, suspended: bool) -> bool:
        """Tell whether a case allows it as it stands."""
        return state in self.sources and self.fits_suspension(suspended)

    def sets_what(self, what: str) -> Setting | None:
        """Return what it sets of this sort; None if nothing."""
        return next((one for one in self.sets if one.what == what), None)

    def targets(self, source: str, stages: tuple[str, ...]) -> Iterator[str]:
        """Yield every state it may lead to from *source*, on the way through the audits *stages*.

        Nothing where the state stays.
        """
        match self.to:
            case ToState(state):
                yield state
            case NextAudit(state):
                after = stages.index(source) + 1 if source in stages else 0
                yield stages[after] if after < len(stages) else state
            case Route(_, routes, otherwise):
                yield from dict.fromkeys((*routes.values(), otherwise))
