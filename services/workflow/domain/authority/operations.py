"""The table of operations, and the one function that reads it.

Each operation says which scopes a token needs in its own name and which when it acts for a person
(none: it cannot be done that way), what kind of object it is about, and the rule that a person
has to satisfy. A line missing here closes the operation; it never opens it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from services.workflow.domain.authority.actor import (
    ALLOWED,
    REFUSED,
    Actor,
    Verdict,
)
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.authority.question import Fires, Granted, Opener, Question, Voices
from services.workflow.domain.authority.rules import (
    PersonRule,
    administers,
    anyone,
    finds,
    fires,
    is_oneself,
    keeps_person,
    observes,
    of_case,
    of_unit,
    opens_case,
    opens_cycle,
    oversees,
    reads_cycle,
    reads_refusals,
    sees,
    urges,
    writes_note,
)
from services.workflow.domain.authority.sight import is_administrator
from services.workflow.domain.case.head import Case
from services.workflow.domain.organisation import Organisation


class UnknownOperation(LookupError):
    """Nobody has decided who may do this, so nobody may."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """Who may do one thing."""

    about: str = "nothing"  # "case", "unit", "person", "tree" (the whole of it), "nothing"
    own_name: frozenset[str] = frozenset()  # any one of these scopes; none: a person is needed
    for_person: frozenset[str] = frozenset()  # any one, and `act-for`; none: clients only
    rule: PersonRule
    administrators: bool = False  # whether they may: only what shows no case
    public: bool = False  # no token at all: health, sign-in, the API's own description


_READ, _TRIGGER = frozenset({"read"}), frozenset({"trigger"})
_LOG, _NOTIFY, _ADMIN = frozenset({"log"}), frozenset({"notify"}), frozenset({"admin"})


def _administered(role: str, scopes: frozenset[str]) -> Operation:
    """Return what *role*, one of the three administrators, does over the whole tree."""
    return Operation(about="tree", for_person=scopes, rule=administers(role), administrators=True)


OPERATIONS: Mapping[str, Operation] = {
    # Cases
    "case.list": Operation(own_name=_READ, for_person=_READ, rule=anyone),
    # A command looks for its case first: a token that may only trigger may do that much.
    "case.find": Operation(
        about="case",
        own_name=_READ | _TRIGGER,
        for_person=_READ | _TRIGGER,
        rule=of_case(finds),
    ),
    "case.read": Operation(about="case", own_name=_READ, for_person=_READ, rule=of_case(sees)),
    "case.events.read": Operation(
        about="case", own_name=_READ, for_person=_READ, rule=of_case(sees)
    ),
    "case.texts.read": Operation(
        about="case", own_name=_READ, for_person=_READ, rule=of_case(sees)
    ),
    "case.refusals.read": Operation(
        about="case", own_name=_LOG, for_person=_READ, rule=of_case(reads_refusals)
    ),
    "case.transitions.read": Operation(
        about="case", own_name=_READ, for_person=_READ, rule=of_case(sees)
    ),
    "case.trigger": Operation(
        about="case", own_name=_TRIGGER, for_person=_TRIGGER, rule=of_case(fires)
    ),
    # For who may hand a document in, whether or not the case is where it can be.
    "case.draft": Operation(about="case", for_person=_TRIGGER, rule=of_case(fires)),
    # Who holds a poll: hands out slips, closes it, enters what was counted on paper.
    "poll.run": Operation(about="case", for_person=_TRIGGER, rule=of_case(fires)),
    # Who votes under their own name: those who were frozen as the poll opened.
    "poll.cast": Operation(about="case", for_person=_TRIGGER, rule=of_case(fires)),
    "poll.read": Operation(about="case", own_name=_READ, for_person=_READ, rule=of_case(finds)),
    "case.note": Operation(about="case", for_person=_TRIGGER, rule=of_case(writes_note)),
    "case.urge": Operation(about="case", for_person=_TRIGGER, rule=of_case(urges)),
    "bulk.trigger": Operation(own_name=_TRIGGER, for_person=_TRIGGER, rule=anyone),
    # Cycles and the organisation
    "cycle.open": Operation(about="unit", for_person=_TRIGGER, rule=of_unit(opens_cycle)),
    "cycle.close": Operation(about="unit", for_person=_TRIGGER, rule=of_unit(opens_cycle)),
    "case.open": Operation(about="unit", for_person=_TRIGGER, rule=opens_case),
    "cycle.list": Operation(own_name=_READ, for_person=_READ, rule=anyone),  # each: cycle.read
    "cycle.read": Operation(
        about="unit", own_name=_READ, for_person=_READ, rule=of_unit(reads_cycle)
    ),
    "organisation.read": Operation(
        own_name=_READ, for_person=_READ, rule=anyone, administrators=True
    ),
    # Units, people and posts, all of them: no case is shown
    "organisation.import": Operation(
        about="tree",
        own_name=_ADMIN,
        for_person=_TRIGGER,
        rule=administers("system_administrator"),
        administrators=True,
    ),
    # Schemes, calendars, policies: rules that show no case
    "text.read": Operation(
        own_name=_LOG | _NOTIFY, for_person=_READ, rule=oversees, administrators=True
    ),
    # The log
    "log.read": Operation(about="tree", own_name=_LOG, rule=anyone),
    "log.checkpoint": Operation(
        own_name=_LOG | _READ, for_person=_READ, rule=anyone, administrators=True
    ),
    "log.proof": Operation(
        own_name=_LOG | _READ, for_person=_READ, rule=anyone, administrators=True
    ),
    # The notifier
    "notices.report": Operation(own_name=_NOTIFY, rule=anyone),  # the door; then one by one:
    "notice.record": Operation(about="case", own_name=_NOTIFY, rule=anyone),
    # What was said where a case came back, for a message to who has it: as if they had asked.
    "notice.said": Operation(about="case", own_name=_NOTIFY, rule=anyone),
    # What a calendar would move of all that is open, for who tries it before it is imported.
    "deadlines.moved": Operation(about="tree", own_name=_NOTIFY, rule=anyone),
    # Of those named in what one sees, as the pages show them.
    "people.name": Operation(own_name=_NOTIFY, for_person=_READ, rule=anyone),
    "people.read": Operation(about="person", own_name=_NOTIFY, rule=anyone),
    # Who stands in for whom, and who is away
    "deputies.record": Operation(
        about="person", for_person=_TRIGGER, rule=keeps_person, administrators=True
    ),
    "deputies.read": Operation(
        about="person", for_person=_READ, rule=keeps_person, administrators=True
    ),
    # Administration, split between three: who keeps the people, who keeps sign-ins and tokens,
    # and who looks at what those did
    "staff.read": _administered("system_administrator", _READ),
    "staff.change": _administered("system_administrator", _TRIGGER),
    "accounts.read": _administered("security_administrator", _READ),
    "accounts.keep": _administered("security_administrator", _TRIGGER),
    "deeds.read": _administered("audit_administrator", _READ),
    # A person's own things
    "inbox.read": Operation(about="person", for_person=_READ, rule=is_oneself, administrators=True),
    "inbox.mark": Operation(
        about="person", for_person=_TRIGGER, rule=is_oneself, administrators=True
    ),
    # Pages; a case's page is case.read, its buttons are case.trigger
    "page.morning": Operation(for_person=_READ, rule=anyone),
    "page.stuck": Operation(for_person=_READ, rule=anyone),
    "page.cases": Operation(for_person=_READ, rule=anyone),
    "page.gatherings": Operation(for_person=_READ, rule=anyone),
    "page.opening": Operation(for_person=_READ, rule=anyone),
    "page.ledger": Operation(for_person=_READ, rule=anyone),
    # What would be sent under other rules; of that, what they see.
    "page.simulation": Operation(for_person=_READ, rule=oversees),
    "page.tasks": Operation(for_person=_READ, rule=anyone),
    "page.audit": Operation(for_person=_READ, rule=observes),
    "page.bulk": Operation(for_person=_READ, rule=anyone),  # each case: case.urge, case.trigger
    "page.inbox": Operation(for_person=_READ, rule=anyone, administrators=True),
    # How the notifier finds its own work: counts and ids, nothing of what cases say
    "page.watch": _administered("system_administrator", _READ),
    # One message that says it is a trial, by a channel of the notifier's: no case is shown
    "channel.try": _administered("system_administrator", _TRIGGER),
    "page.account": Operation(for_person=_READ, rule=anyone, administrators=True),
    # The machine
    "admin.operate": Operation(about="tree", own_name=_ADMIN, rule=anyone),
    # Whoever holds a slip: nobody is asked who they are, and no line is kept of the request.
    "poll.vote": Operation(rule=anyone, public=True),
    "public": Operation(rule=anyone, public=True),
}


def authorise(
    actor: Actor,
    operation: str,
    organisation: Organisation,
    day: date,
    *,
    case: Case | None = None,
    fires: Fires | None = None,
    narrowed: Fires | None = None,
    granted: Granted | None = None,
    voices: Voices | None = None,
    client_triggers: Collection[str] = frozenset(),
    openers: Sequence[Opener] = (),
    bodies: Collection[str] = (),
    trigger: str = "",
    unit: str | None = None,
    person: str | None = None,
) -> Verdict:
    """Decide whether *actor* may do *operation*; give the most telling reason if not.

    *day* is the local day on which posts have to hold: today for reading, the day an act takes
    effect for firing; *openers* are who opens cycles by the scheme, *bodies* the units it gives a
    part in the case. An object that is absent is refused like one out of sight.
    *voices* tells in whose name a deputy asks about the case.
    *narrowed* tells why a scheme leaves the case to others, *granted* whether it gives somebody a
    part in it: what one has to do one may read.

    Raises:
        UnknownOperation: *operation* is not in `OPERATIONS`.
    """
    wanted = OPERATIONS.get(operation)
    if wanted is None:
        raise UnknownOperation(operation)
    if wanted.public:
        return ALLOWED
    question = Question(
        actor=actor,
        organisation=organisation,
        day=day,
        case=case,
        fires=fires,
        narrowed=narrowed,
        granted=granted,
        voices=voices,
        client_triggers=client_triggers,
        openers=openers,
        bodies=bodies,
        trigger=trigger,
        unit=unit,
        person=person,
    )
    why = _why_not_client(wanted, question) or _why_not_person(wanted, question)
    return REFUSED[why] if why else ALLOWED


def _why_not_client(wanted: Operation, question: Question) -> str:
    scopes = question.actor.scopes
    if question.actor.person is None:
        fits = not scopes.isdisjoint(wanted.own_name or wanted.for_person)
    else:
        needed = wanted.for_person or wanted.own_name
        fits = "act-for" in scopes and not scopes.isdisjoint(needed)
    if not fits:
        return "client_scope"
    return "" if _in_reach(wanted.about, question) else "client_subtree"


def _in_reach(about: str, question: Question) -> bool:
    organisation, bound = question.organisation, question.actor.scope_unit
    if bound == organisation.root or about == "nothing":
        return True
    if about == "case":
        return question.case is not None and bound in question.case.path
    if about == "unit":
        return question.unit is not None and organisation.is_within(question.unit, bound)
    if about == "person":
        posts = organisation.posts_of_ever(question.person or "")
        return any(organisation.is_within(post.unit, bound) for post in posts)
    return False  # the whole tree, through a token for a part of it


def _why_not_person(wanted: Operation, question: Question) -> str:
    person, organisation = question.actor.person, question.organisation
    if person is None:
        return _why_not_own_name(wanted, question)
    if not wanted.for_person:
        return "no_post"
    if not organisation.has_person(person):
        return "unknown_person"
    candidate, administers = _candidate(person, organisation, question.day)
    if administers and not wanted.administrators:
        return "admin_excluded"
    if _is_absent(wanted.about, question):
        return "no_post"
    return wanted.rule(question, candidate)


@lru_cache(8)  # as `seen_as`
def _candidate(person: str, organisation: Organisation, day: date) -> tuple[Candidate, bool]:
    """Return *person*, and whether they are an administrator."""
    administers = is_administrator(organisation.posts_of(person, day))
    return Candidate(person, organisation, day), administers


def _why_not_own_name(wanted: Operation, question: Question) -> str:
    if not wanted.own_name or question.trigger not in {"", *question.client_triggers}:
        return "person_required"
    return "no_post" if _is_absent(wanted.about, question) else ""


def _is_absent(about: str, question: Question) -> bool:
    if about == "case":
        return question.case is None
    return about == "unit" and question.organisation.unit(question.unit or "") is None
