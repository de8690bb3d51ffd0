"""The table of operations, and the one function that reads it.

Each operation says which scopes a token needs in its own name and which when it acts for a person
(none: it cannot be done that way), what kind of object it is about, and the rule that a person
has to satisfy. A line missing here closes the operation; it never opens it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from services.workflow.domain.authority.actor import (
    ALLOWED,
    REASONS,
    REFUSED,
    Actor,
    Verdict,
)
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.authority.sight import (
    is_administrator,
    seen_as,
    why_hidden,
)
from services.workflow.domain.case.head import Case
from services.workflow.domain.organisation import Organisation

# Why a candidate may not do what is asked about, "" if they may, where a scheme says.
Fires = Callable[[Candidate], str]
# Whether a scheme gives a candidate something to do there, at whatever time.
Granted = Callable[[Candidate], bool]
# In whose name a candidate asks about a case: their own first.
Voices = Callable[[Candidate], Sequence[Candidate]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Opener:
    """Who opens a round over a unit, by one line of the scheme: in these roles, at these units."""

    bodies: tuple[str, ...]
    roles: tuple[str, ...]


class UnknownOperation(LookupError):
    """Nobody has decided who may do this, so nobody may."""


@dataclass(kw_only=True, slots=True)
class Question:
    """Everything one decision may look at."""

    actor: Actor
    organisation: Organisation
    day: date
    case: Case | None
    fires: Fires | None
    narrowed: Fires | None
    granted: Granted | None
    voices: Voices | None
    client_triggers: Collection[str]
    openers: Sequence[Opener]
    bodies: Collection[str]
    trigger: str
    unit: str | None
    person: str | None


# "" when satisfied, else one of REASONS. Asked only once the object is there and in the token's
# reach, and of a candidate who is known and no administrator where the operation excludes them.
PersonRule = Callable[[Question, Candidate], str]
CaseRule = Callable[[Question, Candidate, Case], str]
UnitRule = Callable[[Question, Candidate, str], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """Who may do one thing."""

    about: str = "nothing"  # "case", "unit", "person", "tree" (the whole of it), "nothing"
    own_name: frozenset[str] = frozenset()  # any one of these scopes; none: a person is needed
    for_person: frozenset[str] = frozenset()  # any one, and `act-for`; none: clients only
    rule: PersonRule
    administrators: bool = False  # whether they may: only what shows no case
    public: bool = False  # no token at all: health, sign-in, the API's own description


def _anyone(_question: Question, _candidate: Candidate) -> str:
    return ""


def _of_case(rule: CaseRule) -> PersonRule:
    def ask(question: Question, candidate: Candidate) -> str:
        return "no_post" if question.case is None else rule(question, candidate, question.case)

    return ask


def _of_unit(rule: UnitRule) -> PersonRule:
    def ask(question: Question, candidate: Candidate) -> str:
        return "no_post" if question.unit is None else rule(question, candidate, question.unit)

    return ask


def _in_any_name(rule: CaseRule) -> CaseRule:
    """Return *rule*, fulfilled by whom a candidate stands in for as well; else their own reason."""

    def ask(question: Question, candidate: Candidate, case: Case) -> str:
        why = rule(question, candidate, case)
        others = _voices(question, candidate, case)[1:] if why else ()
        return "" if any(not rule(question, one, case) for one in others) else why

    return ask


def _voices(question: Question, candidate: Candidate, case: Case) -> Sequence[Candidate]:
    if question.voices is not None:
        return question.voices(candidate)
    # Asked of a case alone, once it is known to be theirs to see.
    principals = () if candidate.person in case.subjects else candidate.principals
    return (candidate, *principals)


@_in_any_name
def _sees(question: Question, candidate: Candidate, case: Case) -> str:
    left_to_others = "" if question.narrowed is None else question.narrowed(candidate)
    if left_to_others:
        return left_to_others
    if seen_as(candidate).holds(case):
        return ""
    if question.granted is not None and question.granted(candidate):
        return ""
    return why_hidden(candidate.person, question.organisation, question.day, case)


def _finds(question: Question, candidate: Candidate, case: Case) -> str:
    why = _sees(question, candidate, case)
    # What a scheme gives somebody to do they find, though it lies outside what they look after.
    if why and question.fires is not None and not question.fires(candidate):
        return ""
    return why


def _fires(question: Question, candidate: Candidate, case: Case) -> str:
    if question.fires is None:
        # The scheme does not know this trigger: who sees the case is told so, nobody else is.
        return _sees(question, candidate, case)
    return question.fires(candidate)


def _opens_case(question: Question, candidate: Candidate) -> str:
    return "no_post" if question.fires is None else question.fires(candidate)


@_in_any_name
def _writes_note(question: Question, candidate: Candidate, case: Case) -> str:
    if candidate.person == case.person:
        return ""
    return candidate.serves_not(case.path, _having(question, "note"), case.path)


@_in_any_name
def _urges(question: Question, candidate: Candidate, case: Case) -> str:
    if candidate.person == case.person:
        return "own_case"
    return candidate.serves_not(case.path, _having(question, "supervise"), case.path)


@_in_any_name
def _reads_refusals(question: Question, candidate: Candidate, case: Case) -> str:
    if candidate.person == case.person:
        return "own_case"
    observers = question.organisation.vocabulary.observers
    if not candidate.serves_not(case.path, observers, case.path):
        return ""
    readers = _having(question, "read_refusals") - observers
    return candidate.serves_not(question.bodies, readers, case.path)


def _opens_cycle(question: Question, candidate: Candidate, unit: str) -> str:
    path = question.organisation.path(unit)
    if not question.openers:
        # No scheme says who: whoever one could name is told what is wrong with it, nobody else.
        return candidate.serves_not(path, _having(question, "open"), path)
    return min(
        (
            candidate.serves_not(
                one.bodies, _having(question, "open").intersection(one.roles), path
            )
            for one in question.openers
        ),
        key=("", *REASONS).index,
    )


def _reads_cycle(question: Question, candidate: Candidate, unit: str) -> str:
    path = question.organisation.path(unit)
    for voice in (candidate, *candidate.principals):
        if question.granted is not None and question.granted(voice):
            return ""
        if not voice.serves_not(path, _having(question, "read_below"), path):
            return ""
    return candidate.serves_not(path, _having(question, "read_below"), path)


def _having(question: Question, power: str) -> frozenset[str]:
    return question.organisation.vocabulary.having(power)


def _oversees(question: Question, candidate: Candidate) -> str:
    roles = _having(question, "read_below") | {"audit_administrator"}
    return candidate.serves_not(question.organisation.units, roles, ())


def _is_oneself(question: Question, candidate: Candidate) -> str:
    return "" if question.person == candidate.person else "no_post"


def _keeps_person(question: Question, candidate: Candidate) -> str:
    """Whoever it is themselves; and who keeps accounts and rights, of all."""
    if question.person == candidate.person:
        return ""
    posts = (post for post in candidate.posts if post.holds_on(question.day))
    return "" if any(post.role in _KEEPERS for post in posts) else "no_post"


_KEEPERS = frozenset({"system_administrator", "security_administrator"})
_READ, _TRIGGER = frozenset({"read"}), frozenset({"trigger"})
_LOG, _NOTIFY, _ADMIN = frozenset({"log"}), frozenset({"notify"}), frozenset({"admin"})

OPERATIONS: Mapping[str, Operation] = {
    # Cases
    "case.list": Operation(own_name=_READ, for_person=_READ, rule=_anyone),
    # A command looks for its case first: a token that may only trigger may do that much.
    "case.find": Operation(
        about="case",
        own_name=_READ | _TRIGGER,
        for_person=_READ | _TRIGGER,
        rule=_of_case(_finds),
    ),
    "case.read": Operation(about="case", own_name=_READ, for_person=_READ, rule=_of_case(_sees)),
    "case.events.read": Operation(
        about="case", own_name=_READ, for_person=_READ, rule=_of_case(_sees)
    ),
    "case.texts.read": Operation(
        about="case", own_name=_READ, for_person=_READ, rule=_of_case(_sees)
    ),
    "case.refusals.read": Operation(
        about="case", own_name=_LOG, for_person=_READ, rule=_of_case(_reads_refusals)
    ),
    "case.transitions.read": Operation(
        about="case", own_name=_READ, for_person=_READ, rule=_of_case(_sees)
    ),
    "case.trigger": Operation(
        about="case", own_name=_TRIGGER, for_person=_TRIGGER, rule=_of_case(_fires)
    ),
    # For who may hand a document in, whether or not the case is where it can be.
    "case.draft": Operation(about="case", for_person=_TRIGGER, rule=_of_case(_fires)),
    # Who holds a poll: hands out slips, closes it, enters what was counted on paper.
    "poll.run": Operation(about="case", for_person=_TRIGGER, rule=_of_case(_fires)),
    "poll.read": Operation(about="case", own_name=_READ, for_person=_READ, rule=_of_case(_finds)),
    "case.note": Operation(about="case", for_person=_TRIGGER, rule=_of_case(_writes_note)),
    "case.urge": Operation(about="case", for_person=_TRIGGER, rule=_of_case(_urges)),
    "bulk.trigger": Operation(own_name=_TRIGGER, for_person=_TRIGGER, rule=_anyone),
    # Cycles and the organisation
    "cycle.open": Operation(about="unit", for_person=_TRIGGER, rule=_of_unit(_opens_cycle)),
    "case.open": Operation(about="unit", for_person=_TRIGGER, rule=_opens_case),
    "cycle.list": Operation(own_name=_READ, for_person=_READ, rule=_anyone),  # each: cycle.read
    "cycle.read": Operation(
        about="unit", own_name=_READ, for_person=_READ, rule=_of_unit(_reads_cycle)
    ),
    "organisation.read": Operation(
        own_name=_READ, for_person=_READ, rule=_anyone, administrators=True
    ),
    # Schemes, calendars, policies: rules that show no case
    "text.read": Operation(
        own_name=_LOG | _NOTIFY, for_person=_READ, rule=_oversees, administrators=True
    ),
    # The log
    "log.read": Operation(about="tree", own_name=_LOG, rule=_anyone),
    "log.checkpoint": Operation(
        own_name=_LOG | _READ, for_person=_READ, rule=_anyone, administrators=True
    ),
    "log.proof": Operation(
        own_name=_LOG | _READ, for_person=_READ, rule=_anyone, administrators=True
    ),
    # The notifier
    "notices.report": Operation(own_name=_NOTIFY, rule=_anyone),  # the door; then one by one:
    "notice.record": Operation(about="case", own_name=_NOTIFY, rule=_anyone),
    # Of those named in what one sees, as the pages show them.
    "people.name": Operation(own_name=_NOTIFY, for_person=_READ, rule=_anyone),
    "people.read": Operation(about="person", own_name=_NOTIFY, rule=_anyone),
    # Who stands in for whom, and who is away
    "deputies.record": Operation(
        about="person", for_person=_TRIGGER, rule=_keeps_person, administrators=True
    ),
    "deputies.read": Operation(
        about="person", for_person=_READ, rule=_keeps_person, administrators=True
    ),
    # A person's own things
    "inbox.read": Operation(
        about="person", for_person=_READ, rule=_is_oneself, administrators=True
    ),
    "inbox.mark": Operation(
        about="person", for_person=_TRIGGER, rule=_is_oneself, administrators=True
    ),
    # Pages; a case's page is case.read, its buttons are case.trigger
    "page.stuck": Operation(for_person=_READ, rule=_anyone),
    "page.tasks": Operation(for_person=_READ, rule=_anyone),
    "page.inbox": Operation(for_person=_READ, rule=_anyone, administrators=True),
    "page.account": Operation(for_person=_READ, rule=_anyone, administrators=True),
    # The machine
    "admin.operate": Operation(about="tree", own_name=_ADMIN, rule=_anyone),
    # Whoever holds a slip: nobody is asked who they are, and no line is kept of the request.
    "poll.vote": Operation(rule=_anyone, public=True),
    "public": Operation(rule=_anyone, public=True),
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
