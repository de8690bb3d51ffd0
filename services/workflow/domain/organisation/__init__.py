"""The organisation: units in a tree, people, and the posts they hold for a time.

The one idea: an `Organisation` is a value at one version of the organisation's stream. Who holds
what is always asked *on a day*, because a case of January is judged by January's posts.
"""

from services.workflow.domain.organisation.difference import Difference, difference
from services.workflow.domain.organisation.file import OrganisationFile, parse
from services.workflow.domain.organisation.printing import lines
from services.workflow.domain.organisation.tree import Organisation
from services.workflow.domain.organisation.vocabulary import (
    ADMINISTRATORS,
    KIND_LABELS,
    KINDS,
    ROLE_LABELS,
    ROLES,
    SECRETARIES,
    Post,
    Unit,
)

__all__ = [
    "ADMINISTRATORS",
    "KINDS",
    "KIND_LABELS",
    "ROLES",
    "ROLE_LABELS",
    "SECRETARIES",
    "Difference",
    "Organisation",
    "OrganisationFile",
    "Post",
    "Unit",
    "difference",
    "lines",
    "parse",
]
