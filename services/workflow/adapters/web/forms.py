"""Forms of acts: which there are, in which order, and what stands in the way of the others.

The one idea: the form follows the scheme. What a trigger takes decides which fields are shown
(`taking.py`); `typed.py` reads them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.workflow.adapters.web.fields import Asking, Group, Shown
from services.workflow.adapters.web.taking import groups_of
from services.workflow.application.boards import Look
from services.workflow.application.boards.acts import Act, holds, is_open
from services.workflow.domain.authority import REASONS
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.verdicts import ends
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.world import stages
from services.workflow.domain.language.model.documents import Choice
from services.workflow.domain.language.model.guards import NoRow
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Blocker


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A choice with which an act is not done, told before it is tried."""

    column: str
    choices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ActForm:
    """A trigger that can be fired, and the fields it takes."""

    trigger: str
    label: str
    groups: tuple[Group, ...]
    needs_reason: bool
    main: bool  # its holder's way forward: shown first, in the colour of the house
    ends: bool  # the case ends by it: shown last, and its number is asked for
    unread: bool  # passes a text that the one who looks has not opened
    judges: bool  # a verdict, either way
    bars: tuple[Bar, ...] = ()
    warnings: tuple[Blocker, ...] = ()  # what stands in no way, and who goes on should know
    document: str = ""  # that is written on a page of its own

    @property
    def brings_files(self) -> bool:
        kinds = {field.kind for group in self.groups for field in group.fields}
        return not kinds.isdisjoint({"file", "workbook"})

    @property
    def limit(self) -> int:
        """How many characters all its texts may have together; 0: it counts none."""
        return max((group.limit for group in self.groups), default=0)


def is_quiet(trigger: Trigger) -> bool:
    """Tell whether a trigger takes nothing and needs no reason: a form would be empty."""
    takes = (*trigger.takes, *trigger.corrects, *trigger.sets)
    return not (takes or trigger.reason_required or trigger.replaces) and is_way(trigger)


def is_way(trigger: Trigger) -> bool:
    """Tell whether a trigger is on the case's way: what a running case waits for."""
    moves = trigger.to is not None or trigger.by_desk
    return moves and trigger.suspended == "refused" and not trigger.corrects


def leads_back(trigger: Trigger, case: Case) -> bool:
    """Tell whether a trigger sends *case* back, or to where it began: nobody's way forward."""
    targets = trigger.targets(case.state, stages(case)) if case.state in trigger.sources else ()
    return case.initial in targets or trigger.verdict == "back"


def forms_for(board: Shown, asking: Asking) -> list[ActForm]:
    """Return the forms of a case, those that move it forward first, those that end it last."""
    shown = (act for act in board.acts if is_open(act) and not names_many(act.trigger))
    forms = [_form(board, act, asking) for act in shown]
    return sorted(forms, key=lambda form: (form.ends, not form.main))


def names_many(trigger: Trigger) -> bool:
    """Tell whether a trigger says who of many came and went: that has a page of its own."""
    return any(one.what == "presence" and not one.by_code for one in trigger.takes)


def _form(board: Shown, act: Act, asking: Asking) -> ActForm:
    trigger = act.trigger
    ending = ends(trigger, board.case, board.here.life)
    on_way = is_way(trigger) and not leads_back(trigger, board.case) and not ending
    return ActForm(
        trigger=trigger.name,
        label=trigger.label,
        groups=tuple(groups_of(trigger, asking)),
        needs_reason=trigger.reason_required,
        main=on_way and holds(asking.look, board.case),
        ends=ending,
        unread=trigger.verdict == "pass" and not board.opened,
        judges=bool(trigger.verdict),
        bars=tuple(_bars(trigger, asking)),
        warnings=act.possible.warnings,
        document=_written(trigger, asking),
    )


def _bars(trigger: Trigger, asking: Asking) -> Iterator[Bar]:
    for guard in trigger.guards:
        if isinstance(guard, NoRow):
            column = asking.here.scheme.documents[guard.document].column(guard.column)
            if column is not None and isinstance(column.type, Choice):
                labels = (one.label for one in column.type.options if one.name in guard.says)
                yield Bar(column=column.label, choices=tuple(labels))


def _written(trigger: Trigger, asking: Asking) -> str:
    """Return the document in parts that *trigger* takes; "" where it takes none."""
    documents = asking.here.scheme.documents
    return next(
        (
            take.name
            for take in trigger.takes
            if take.what == "document"
            and documents[take.name].parts
            and matches(take.where, asking.case, asking.look.organisation)
        ),
        "",
    )


Who = tuple[tuple[str, tuple[str, ...]], ...]  # units, and the roles in each


@dataclass(frozen=True, kw_only=True, slots=True)
class Closed:
    """Acts that are in the way for the same reasons: those are said once."""

    by_who: tuple[tuple[tuple[str, ...], Who], ...]  # labels, and who may where not this person
    blockers: tuple[Blocker, ...]
    fits: bool  # the state allows them: somebody else may do it, or something is missing


def closed_acts(board: Shown, look: Look) -> Iterator[Closed]:
    """Yield what cannot be done now, acts with the same reasons together."""
    groups: dict[tuple[Any, ...], dict[Who, list[Act]]] = {}
    for act in board.acts:
        if not is_open(act):
            said = tuple((b.code, tuple(b.params.items())) for b in act.possible.blockers)
            by_who = groups.setdefault((act.fits, said), {})
            by_who.setdefault(_others(act, look), []).append(act)
    for (fits, _), by_who in groups.items():
        told = tuple(
            (tuple(one.trigger.label for one in acts), who) for who, acts in by_who.items()
        )
        (first, *_), *_ = by_who.values()
        yield Closed(by_who=told, blockers=first.possible.blockers, fits=fits)


def _others(act: Act, look: Look) -> Who:
    """Return who may do what *act* may not be done for want of a post."""
    unposted = any(blocker.code in REASONS for blocker in act.possible.blockers)
    if not (act.fits and unposted):
        return ()
    # As the organisation lists them; one that it has given up comes last.
    rank = {role: n for n, role in enumerate(look.organisation.vocabulary.roles)}
    return tuple(
        (unit, tuple(sorted(roles, key=lambda role: rank.get(role, len(rank)))))
        for unit, roles in act.who
    )
