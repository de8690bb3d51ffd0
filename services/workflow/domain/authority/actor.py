"""Who asks, and what the answer looks like."""

from dataclasses import dataclass

# Every reason there is, the most telling first; the sentences are in the registry of reasons.
REASONS: tuple[str, ...] = (
    "client_scope",  # the token lacks the scope, or `act-for` where a person is named
    "client_subtree",  # the token is bound to a unit that does not hold the object
    "person_required",  # a client in its own name, where a person has to answer for it
    "unknown_person",  # nobody of that id
    "admin_excluded",  # one of the three administrators: none touches a case
    "own_case",  # the person appraised, deciding about themselves
    "four_eyes",  # who submitted, auditing it
    "not_submitter",  # recalling what somebody else submitted
    "post_expired",  # the right post, but not on that day (over, or not begun)
    "wrong_tier",  # the right role, in another body of this case's own path
    "other_tree",  # the right role, in a unit that has nothing to do with the case
    "no_post",  # none of it
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """A client and, where it acts for one, a person.

    Pages are the client "web", commands "cli"; both act for a person with `PAGE_SCOPES` over the
    whole tree.
    """

    client: str
    person: str | None
    scopes: frozenset[str]
    scope_unit: str  # the token reaches this unit and what lies below it
    token: str | None = None  # public id of the token or session; None on the command line


PAGE_SCOPES = frozenset({"read", "trigger", "act-for"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Allowed, or the one reason why not."""

    allowed: bool
    reason: str = ""  # one of REASONS; "" when allowed


ALLOWED = Verdict(allowed=True)
# Made once: a verdict is given for every request.
REFUSED = {reason: Verdict(allowed=False, reason=reason) for reason in REASONS}
