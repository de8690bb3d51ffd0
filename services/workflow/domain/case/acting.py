"""Who may fire a trigger of a case, whatever its kind; always with the reason.

A scheme grants a trigger to parties in named roles; here a party becomes a unit or people of this
case, and a role has to be held on the day the act takes effect. What a scheme cannot grant away:
nobody decides about their own case, and where it asks for four eyes, not who submitted, nor who
signed beside.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from schemas.limits import PLAIN
from services.workflow.domain.authority.actor import REASONS
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.head import Case, Holder
from services.workflow.domain.case.own_unit import is_about_own_unit
from services.workflow.domain.case.parties import (
    lacks,
    people_of,
    people_rule,
    subject_of,
    subjects_of,
    unit_of,
)
from services.workflow.domain.case.voices import voices
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.parties import (
    AUDITING_BODY,
    FieldPerson,
    Grant,
    PeopleRule,
    Subject,
    Submitter,
)
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Blocker

BETWEEN_ROLES = "、"  # as refusals name them, in the log as well
_PERSONAL = (Subject, Submitter, FieldPerson)  # rules that name people, whatever posts they hold


def why_not_fire(candidate: Candidate, case: Case, trigger: Trigger, world: World) -> str:
    """Return "" if the candidate may fire *trigger* on *case*, else why not: one of `REASONS`."""
    why = _why_not(candidate, case, trigger, world)
    return "" if why and acts_for(candidate, case, trigger, world) else why


def acts_alone(candidate: Candidate, case: Case, trigger: Trigger, world: World) -> bool:
    """Tell whether the candidate may fire *trigger* in their own right, as nobody's deputy."""
    return not _why_not(candidate, case, trigger, world)


def acts_for(candidate: Candidate, case: Case, trigger: Trigger, world: World) -> str | None:
    """Return as whose deputy the candidate may fire *trigger*; None: as nobody's.

    A deputy does what the other may do, and nothing on a case that is about themselves.
    """
    _, *principals = voices(candidate, case, world)
    if not principals or _is_barred(candidate, case, trigger, world):
        return None
    for principal in principals:
        if not _why_not(principal, case, trigger, world):
            return principal.person
    return None


def _why_not(candidate: Candidate, case: Case, trigger: Trigger, world: World) -> str:
    own = candidate.person in subjects_of(case, world)
    if own and trigger.four_eyes:
        return "own_case"
    grants = [grant for grant in trigger.by if not grant.cause]
    if own or _is_of_own_unit(candidate, case, world):
        # On their own case a person has their own part alone, whatever posts they hold above it.
        grants = [grant for grant in grants if _is_own_part(case, grant, world, own=own)]
        if not grants and not trigger.by_desk:
            return "own_case"
    if _is_barred(candidate, case, trigger, world):
        return "four_eyes"
    shortfalls = []
    for grant in grants:
        shortfall = _shortfall(candidate, case, trigger, grant, world)
        if not shortfall:
            return ""
        shortfalls.append(shortfall)
    if trigger.by_desk:
        shortfalls.append(_no_desk(candidate, case, world, own=own))
        if not shortfalls[-1]:
            return ""
    return min(shortfalls, key=REASONS.index, default="no_post")


def _is_of_own_unit(candidate: Candidate, case: Case, world: World) -> bool:
    """Tell whether a case that is left to others is about the candidate's own unit."""
    return is_about_own_unit(candidate, world.kind(case).seen_by, case, world)


def _is_own_part(case: Case, grant: Grant, world: World, *, own: bool) -> bool:
    """Tell whether a grant is a person's for what they are to the case, or their unit's own."""
    if is_personal(case, grant.party, world):
        return True
    return not own and unit_of(case, grant.party, world) == case.unit


def barred(case: Case, trigger: Trigger) -> frozenset[str]:
    """Return who may not fire *trigger* because of what they did on *case* before."""
    found: set[str] = set()
    if trigger.four_eyes:
        found |= case.submitters
        found |= {one.person for one in case.signatures if one.person is not None}
    found.update(*(case.fired.get(name, ()) for name in trigger.other_than))
    return frozenset(found)


def _set_apart(case: Case, trigger: Trigger, day: date, world: World) -> set[str]:
    """Return who may not fire *trigger* because of what they are to *case*: an owner, a lead."""
    return {
        person
        for name in trigger.other_than
        if people_rule(case, name, world) is not None
        for person in people_of(case, name, day, world)
    }


def _is_barred(candidate: Candidate, case: Case, trigger: Trigger, world: World) -> bool:
    """Tell whether others' eyes are asked for: a deputy and whom they stand in for are one pair.

    So neither judges what the other handed in, nor a deputy the one whom the case is about, whoever
    stood in for whom since the case began.
    """
    before = barred(case, trigger) | _set_apart(case, trigger, candidate.day, world)
    if candidate.person in before:
        return True
    began = world.day(case.opened_at)
    tied = candidate.organisation.standing_in.tied(
        candidate.person, began, max(candidate.day, began)
    )
    if not tied:
        return False
    about = subjects_of(case, world) if trigger.four_eyes else frozenset()
    return not tied.isdisjoint(before | about)


def is_personal(case: Case, party: str, world: World) -> bool:
    """Tell whether a party is a person for what they are to the case, not for a post."""
    return isinstance(people_rule(case, party, world), _PERSONAL)


def signable(candidate: Candidate, case: Case, world: World) -> tuple[Holder, ...]:
    """Return the desks of *case* that the candidate holds and that are still to sign."""
    own = candidate.person in subjects_of(case, world)
    asking = voices(candidate, case, world)
    return tuple(
        holder
        for holder in _to_sign(case, world)
        if any(not _lacks_desk(voice, case, holder, world, own) for voice in asking)
    )


def _to_sign(case: Case, world: World) -> Iterator[Holder]:
    """Yield the desks of the state: who has to answer what was asked for signs nothing."""
    state = world.life(case).states[case.state]
    return (holder for holder in case.holders if state.has(holder.desk))


def _no_desk(candidate: Candidate, case: Case, world: World, *, own: bool) -> str:
    # Who has signed here is told so by the decision itself, instead of being told that nothing here
    # is theirs to sign.
    if any(one.person == candidate.person for one in case.signatures):
        return ""
    desks = _to_sign(case, world)
    why = [_lacks_desk(candidate, case, holder, world, own) for holder in desks]
    if own and "" not in why:
        return "own_case"
    return "" if "" in why else min(why, key=REASONS.index, default="no_post")


def _lacks_desk(
    candidate: Candidate,
    case: Case,
    holder: Holder,
    world: World,
    own: bool,  # noqa: FBT001 - known to who asks
) -> str:
    if holder.person is not None:
        return "" if candidate.has_desk(holder, case.path) else "no_post"
    if own or (holder.unit != case.unit and _is_of_own_unit(candidate, case, world)):
        return "own_case"
    return candidate.lacks((holder.unit,), _roles_of(case, holder, world), case.path)


def _roles_of(case: Case, holder: Holder, world: World) -> Collection[str]:
    """Return the roles that may sign for a desk: all that the scheme names for its unit."""
    roles = {holder.role}
    for desk in world.life(case).states[case.state].desks:
        place = desk if holder.desk in ("", desk.name) else None
        while place is not None:
            if unit_of(case, place.party, world) == holder.unit:
                roles |= set(place.roles)
            place = place.otherwise
    return roles


def _shortfall(
    candidate: Candidate, case: Case, trigger: Trigger, grant: Grant, world: World
) -> str:
    rule = people_rule(case, grant.party, world)
    if rule is None:
        bodies = tuple(_bodies(case, trigger, grant, world))
        # One person often does the same with many cases of a wave.
        asked = (candidate.person, candidate.day, candidate.by, bodies, grant.roles, case.path)
        return world.ground.answer(lacks, *asked)
    return lacks_person(candidate, case, grant, rule, world)


def lacks_person(
    candidate: Candidate, case: Case, grant: Grant, rule: PeopleRule, world: World
) -> str:
    """Return "" if the candidate is one of the people of a grant, else why not."""
    match rule:
        case Subject():
            return _not_subject(candidate, case, grant, world)
        case Submitter():
            return _not_submitter(candidate, case, grant, world)
    people = people_of(case, grant.party, candidate.day, world)
    return lacks_among(candidate, people, grant.roles, case.path)


def lacks_among(
    candidate: Candidate, people: Collection[str], roles: Collection[str], path: Sequence[str]
) -> str:
    """Return "" if the candidate is one of *people*, and serves in one of *roles* if any."""
    return _lacks_any(candidate, roles, path) if candidate.person in people else "no_post"


def _lacks_any(candidate: Candidate, roles: Collection[str], path: Sequence[str]) -> str:
    """Return "" if the candidate serves in one of *roles* anywhere, or where none is named."""
    if not roles:
        return "" if candidate.is_near(path) else "no_post"
    units = tuple(post.unit for post in candidate.posts)
    return candidate.lacks(units, roles, path)


def _not_subject(candidate: Candidate, case: Case, grant: Grant, world: World) -> str:
    subject = subject_of(case, world)
    if subject is None:
        return "no_post"
    owner, person = subject
    roles = grant.roles or world.kind(owner).person
    why = candidate.lacks((owner.unit,), roles, owner.path)
    if why or candidate.person == person:
        return why
    # Somebody else acts in their stead only by standing in, which `lacks` lets nobody do beside a
    # holder.
    words = candidate.organisation.vocabulary
    acting = any(
        post.unit == owner.unit
        and post.holds_on(candidate.day)
        and words.principals(post.role)
        and words.means(post.role, roles)
        for post in candidate.posts
    )
    return "" if acting else "no_post"


def _not_submitter(candidate: Candidate, case: Case, grant: Grant, world: World) -> str:
    # Before anything was submitted the one who would is asked, so that they are told the true
    # reason, the state, instead of being told that they are somebody else.
    subject = subject_of(case, world)
    people = people_of(case, grant.party, candidate.day, world)
    expected = people or (() if subject is None else (subject[1],))
    if candidate.person not in expected:
        return "not_submitter"
    if subject is None or candidate.person != subject[1]:
        return _lacks_any(candidate, grant.roles, case.path)
    roles = grant.roles or world.kind(subject[0]).person
    return candidate.lacks((subject[0].unit,), roles, case.path)


def _bodies(case: Case, trigger: Trigger, grant: Grant, world: World) -> Iterator[str]:
    if grant.party == AUDITING_BODY:
        here = [audit.body for audit in case.audits if audit.stage in trigger.sources]
        # A case without that stage: its other auditors are told "wrong state", not "not yours".
        yield from here or (audit.body for audit in case.audits)
        return
    unit = unit_of(case, grant.party, world)
    if unit is not None:
        yield unit


def not_submitted(
    case: Case, trigger: Trigger, day: date, world: World, unseen: Collection[str]
) -> Blocker:
    """Return that another submitted or recorded it, with who did, and the roles beside them.

    Nobody is named for what is *unseen*, a document or a figure that who asks does not see.
    """
    words, people = world.organisation.vocabulary, list[str]()
    for grant in trigger.by:
        rule = people_rule(case, grant.party, world)
        if isinstance(rule, Submitter) and rule.of not in unseen:
            people += people_of(case, grant.party, day, world)
    roles = (words.role_label(role) for grant in trigger.by for role in grant.roles)
    return Blocker(code="not_submitter", params=who_does(people, roles))


def who_does(people: Iterable[str], roles: Iterable[str]) -> dict[str, str | int]:
    """Return the people and the roles that a refusal names, each as the log has them."""
    told = {"people": people, "roles": roles}
    joined = {name: BETWEEN_ROLES.join(dict.fromkeys(some))[:PLAIN] for name, some in told.items()}
    return {name: some for name, some in joined.items() if some}


def lacking(why: str, roles: Iterable[str], world: World) -> Blocker:
    """Return why somebody may not; where a post is lacking, with the roles in which one could."""
    labels = [world.organisation.vocabulary.role_label(one) for one in dict.fromkeys(roles)]
    if why != "no_post" or not labels:
        return Blocker(code=why)
    # It enters the log, which takes no long text.
    return Blocker(code=why, params={"roles": BETWEEN_ROLES.join(labels)[:PLAIN]})


def who_may(case: Case, trigger: Trigger, world: World) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the units, with the roles in each, of those who may fire *trigger*."""
    found: dict[tuple[str, tuple[str, ...]], None] = {}
    for grant in trigger.by:
        if grant.cause:
            continue
        personal = is_personal(case, grant.party, world)
        bodies = (case.unit,) if personal else tuple(_bodies(case, trigger, grant, world))
        roles = tuple(grant.roles) or (world.kind(case).person if personal else ())
        found |= dict.fromkeys((body, roles) for body in bodies)
    if trigger.by_desk:
        found |= dict.fromkeys(
            (holder.unit, tuple(sorted(_roles_of(case, holder, world))))
            for holder in _to_sign(case, world)
        )
    return tuple(found)
