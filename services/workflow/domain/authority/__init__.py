"""Authority: who may do what, decided in one place and always with the reason.

`authorise` is the one function every route, page and command asks; it is pure, so a refusal can
be repeated years later from the organisation of that version. An operation that is not in
`OPERATIONS` raises: a route that forgot to ask fails its first test instead of standing open.
`visible` answers the same question for lists, and `Scope.holds` is the very predicate that
`case.read` uses: a list never shows what a click on it would refuse.

Order of reasons, the most telling first (the first that holds is given):

1. the token: `client_scope`, `client_subtree`
2. the name: `person_required`, `unknown_person`
3. what no post can heal: `admin_excluded`, `own_case`, `four_eyes`, `not_submitter`
4. what another post would: `post_expired` (the right post, on another day), `wrong_tier` (the right
   role in another body above the case), `other_tree` (the right role elsewhere), `no_post`

The tables of operations, readers and roles, in words: docs/reference/authority.md.
"""

from services.workflow.domain.authority.actor import (
    ALLOWED,
    PAGE_SCOPES,
    REASONS,
    Actor,
    Verdict,
)
from services.workflow.domain.authority.operations import OPERATIONS, UnknownOperation, authorise
from services.workflow.domain.authority.question import Granted, Opener
from services.workflow.domain.authority.sight import NOTHING, Scope, visible

__all__ = [
    "ALLOWED",
    "NOTHING",
    "OPERATIONS",
    "PAGE_SCOPES",
    "REASONS",
    "Actor",
    "Granted",
    "Opener",
    "Scope",
    "UnknownOperation",
    "Verdict",
    "authorise",
    "visible",
]
