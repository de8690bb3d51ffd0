"""What a person has to satisfy: a rule for each sort of operation, with the reason why not."""

from collections.abc import Callable, Sequence

from services.workflow.domain.authority.actor import REASONS
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.authority.question import Question
from services.workflow.domain.authority.sight import seen_as, why_hidden
from services.workflow.domain.case.head import Case

# "" when satisfied, else one of REASONS. Asked only once the object is there and in the token's
# reach, and of a candidate who is known and no administrator where the operation excludes them.
PersonRule = Callable[[Question, Candidate], str]
CaseRule = Callable[[Question, Candidate, Case], str]
UnitRule = Callable[[Question, Candidate, str], str]


def anyone(_question: Question, _candidate: Candidate) -> str:
    return ""


def of_case(rule: CaseRule) -> PersonRule:
    def ask(question: Question, candidate: Candidate) -> str:
        return "no_post" if question.case is None else rule(question, candidate, question.case)

    return ask


def of_unit(rule: UnitRule) -> PersonRule:
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
def sees(question: Question, candidate: Candidate, case: Case) -> str:
    left_to_others = "" if question.narrowed is None else question.narrowed(candidate)
    if left_to_others:
        return left_to_others
    if seen_as(candidate).holds(case):
        return ""
    if question.granted is not None and question.granted(candidate):
        return ""
    return why_hidden(candidate.person, question.organisation, question.day, case)


def finds(question: Question, candidate: Candidate, case: Case) -> str:
    why = sees(question, candidate, case)
    # What a scheme gives somebody to do they find, though it lies outside what they look after.
    if why and question.fires is not None and not question.fires(candidate):
        return ""
    return why


def fires(question: Question, candidate: Candidate, case: Case) -> str:
    if question.fires is None:
        # The scheme does not know this trigger: who sees the case is told so, nobody else is.
        return sees(question, candidate, case)
    return question.fires(candidate)


def opens_case(question: Question, candidate: Candidate) -> str:
    return "no_post" if question.fires is None else question.fires(candidate)


@_in_any_name
def writes_note(question: Question, candidate: Candidate, case: Case) -> str:
    if candidate.person == case.person:
        return ""
    return candidate.serves_not(case.path, _having(question, "note"), case.path)


@_in_any_name
def urges(question: Question, candidate: Candidate, case: Case) -> str:
    if candidate.person == case.person:
        return "own_case"
    return candidate.serves_not(case.path, _having(question, "supervise"), case.path)


@_in_any_name
def reads_refusals(question: Question, candidate: Candidate, case: Case) -> str:
    if candidate.person == case.person:
        return "own_case"
    observers = question.organisation.vocabulary.observers
    if not candidate.serves_not(case.path, observers, case.path):
        return ""
    readers = _having(question, "read_refusals") - observers
    return candidate.serves_not(question.bodies, readers, case.path)


def opens_cycle(question: Question, candidate: Candidate, unit: str) -> str:
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


def reads_cycle(question: Question, candidate: Candidate, unit: str) -> str:
    path = question.organisation.path(unit)
    for voice in (candidate, *candidate.principals):
        if question.granted is not None and question.granted(voice):
            return ""
        if not voice.serves_not(path, _having(question, "read_below"), path):
            return ""
    return candidate.serves_not(path, _having(question, "read_below"), path)


def _having(question: Question, power: str) -> frozenset[str]:
    return question.organisation.vocabulary.having(power)


def oversees(question: Question, candidate: Candidate) -> str:
    roles = _having(question, "read_below") | {"audit_administrator"}
    return candidate.serves_not(question.organisation.units, roles, ())


def observes(question: Question, candidate: Candidate) -> str:
    """Who watches and decides nothing, of any unit."""
    observers = question.organisation.vocabulary.observers
    return candidate.serves_not(question.organisation.units, observers, ())


def is_oneself(question: Question, candidate: Candidate) -> str:
    return "" if question.person == candidate.person else "no_post"


def keeps_person(question: Question, candidate: Candidate) -> str:
    """Whoever it is themselves; and who keeps accounts and rights, of all."""
    if question.person == candidate.person:
        return ""
    posts = (post for post in candidate.posts if post.holds_on(question.day))
    return "" if any(post.role in _KEEPERS for post in posts) else "no_post"


def administers(role: str) -> PersonRule:
    """Return the rule of whoever holds *role*, one of the three administrators'."""

    def ask(question: Question, candidate: Candidate) -> str:
        posts = (post for post in candidate.posts if post.holds_on(question.day))
        return "" if any(post.role == role for post in posts) else "no_post"

    return ask


_KEEPERS = frozenset({"system_administrator", "security_administrator"})
