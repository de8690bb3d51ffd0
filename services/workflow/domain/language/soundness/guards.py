"""Guards: what they look at is there, and their trigger brings it."""

from schemas.document import Path
from schemas.said import said
from services.workflow.domain.case.agenda import goes_through
from services.workflow.domain.case.requests import requests
from services.workflow.domain.language.model.documents import Case, Choice
from services.workflow.domain.language.model.guards import (
    AllEnded,
    AllReached,
    CameBy,
    Guard,
    Heard,
    NoOverlap,
    NoRow,
    Quorum,
    QuotaMet,
    Reached,
    Taken,
    TakesUp,
)
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.language.soundness.linking import Here

# What a guard looks at that its trigger has to bring.
_LOOKS_AT = {
    "Complete": "document",
    "WithinLimit": "document",
    "InRange": "component",
    "DecisionsGiven": "decision",
    "DecisionsTaken": "decision",
    "DeadlineAhead": "deadline",
    "DeadlineDiffers": "deadline",
}


def check_guard(here: Here, trigger: Trigger, guard: Guard) -> None:
    """Note what *guard*, which *trigger* asks for, looks at and is not there."""
    match guard:
        case Reached() | AllReached() | AllEnded():
            which = guard.which if isinstance(guard, Reached) else "all"
            if here.check_link(guard.link, which, (*guard.at, "link")) and not isinstance(
                guard, AllEnded
            ):
                here.check_state(guard.link, guard.state, (*guard.at, "state"))
        case QuotaMet(quota=quota):
            here.unknown("quota", quota, here.scheme.quotas, (*guard.at, "quota"))
        case CameBy(triggers=names):
            for index, name in enumerate(names):
                _check_came_by(here, trigger, name, (*guard.at, "triggers", index))
        case Heard(link=link):
            here.check_link(link, "one", (*guard.at, "link"))
            _check_heard(here, guard)
        case NoRow():
            _check_brought(here, trigger, guard)
            _check_said(here, guard)
        case TakesUp():
            _check_brought(here, trigger, guard)
            _check_taken_up(here, guard)
        case NoOverlap() | Taken() | Quorum():
            _check_things(here, guard)
        case _:
            _check_brought(here, trigger, guard)


def _check_things(here: Here, guard: NoOverlap | Taken | Quorum) -> None:
    documents = here.scheme.documents
    if isinstance(guard, Taken):
        here.unknown("component", guard.component, here.scheme.components, guard.at)
        _check_decided(here, guard)
        _check_unanswered(here, guard)
    if isinstance(guard, Taken | NoOverlap):
        here.unknown("document", guard.document, documents, (*guard.at, "document"))
    if isinstance(guard, NoOverlap) and guard.document in documents:
        columns = [one.name for one in documents[guard.document].columns]
        here.unknown("column", guard.column, columns, (*guard.at, "column"))


def _check_decided(here: Here, guard: Taken) -> None:
    """Note a decision that is waited for and that no trigger of this life takes."""
    every = (take for one in here.life.triggers.values() for take in one.takes)
    bodies = {take.name for take in every if take.what == "decision"}
    if guard.decision and bodies.isdisjoint({"", guard.decision}):
        told = said("no trigger takes a decision of {party}", party=guard.decision)
        here.note((*guard.at, "decision"), told)


def _check_unanswered(here: Here, guard: Taken) -> None:
    """Note an answer that is waited for to what nobody asks for."""
    asked = {one.document for one in requests(here.life)}
    if guard.unanswered and guard.document not in asked:
        told = said("no act asks for {document} where it is answered", document=guard.document)
        here.note((*guard.at, "unanswered"), told)


def _check_came_by(here: Here, trigger: Trigger, name: str, at: Path) -> None:
    """Note a trigger by which a case comes nowhere from where this one is fired."""
    if not here.unknown("trigger", name, here.life.triggers, at):
        return
    other = here.life.triggers[name]
    stages = tuple(one.stage for of_kind in here.life.audits.values() for one in of_kind)
    led_to = {to for source in other.sources for to in other.targets(source, stages)}
    if trigger.sources and led_to.isdisjoint(trigger.sources):
        told = said("{name} leads to no state of {trigger}", name=name, trigger=trigger.name)
        here.note(at, told)


def _check_heard(here: Here, guard: Heard) -> None:
    """Note a wait for being gone through where the linked case goes through nothing."""
    here.unknown("roster", guard.roster, here.scheme.rosters, (*guard.at, "roster"))
    link = here.kind.links.get(guard.link)
    linked = None if link is None else here.scheme.kinds.get(link.kind)
    if linked is None or guard.roster not in here.scheme.rosters:
        return
    if not any(
        goes_through(trigger, guard.roster, here.scheme)
        for life in linked.lives
        for trigger in life.triggers.values()
    ):
        told = said("no act of {kind} goes through what it hears", kind=linked.name)
        here.note((*guard.at, "link"), told)


def _check_said(here: Here, guard: NoRow) -> None:
    """Note what no row can say."""
    document = here.scheme.documents.get(guard.document)
    column = None if document is None else document.column(guard.column)
    if document is None or column is None or not isinstance(column.type, Choice):
        told = said(
            "{column} is no choice of {document}", column=guard.column, document=guard.document
        )
        here.note((*guard.at, "column"), told)
        return
    known = [one.name for one in column.type.options]
    for index, name in enumerate(guard.says):
        here.unknown("choice", name, known, (*guard.at, "says", index))


def _check_taken_up(here: Here, guard: TakesUp) -> None:
    """Note a column in which no case that the link leads to can be named."""
    if not here.check_link(guard.link, "all", (*guard.at, "link")):
        return
    kind = here.kind.links[guard.link].kind
    document = here.scheme.documents.get(guard.document)
    column = None if document is None else document.column(guard.column)
    of = column.type if column and isinstance(column.type, Case) else None
    if of is None or of.kind not in ("", kind):
        told = said("{column} is no case of {kind}", column=guard.column, kind=kind)
        here.note((*guard.at, "column"), told)


def _check_brought(here: Here, trigger: Trigger, guard: Guard) -> None:
    """Note a guard that looks at what its trigger does not bring."""
    brought = {take.what for take in (*trigger.takes, *trigger.corrects)}
    wanted = _LOOKS_AT.get(type(guard).__name__, "")
    if wanted == "deadline":
        if trigger.sets_what("deadline") is None:
            here.note(guard.at, "looks at a deadline, which its trigger does not set")
    elif wanted and wanted not in brought:
        here.note(
            guard.at,
            said("looks at a {wanted}, which its trigger does not take", wanted=wanted),
        )
    document = getattr(guard, "document", "")
    taken = {take.name for take in trigger.takes if take.what == "document"}
    if document and document not in taken:
        here.note(
            (*guard.at, "document"),
            said("its trigger does not take {document}", document=document),
        )
