"""The organisation: units in a tree, people, and the posts they hold for a time.

The one idea: an `Organisation` is a value at one version of the organisation's stream. Who holds
what is always asked *on a day*, because a case of January is judged by January's posts.
"""

from services.workflow.domain.organisation.difference import Difference, difference
from services.workflow.domain.organisation.exporting import NAME_ERASED, exported
from services.workflow.domain.organisation.file import OrganisationFile, parse
from services.workflow.domain.organisation.model import Absence, Delegation, Post, Relation, Unit
from services.workflow.domain.organisation.printing import lines
from services.workflow.domain.organisation.tree import Organisation

__all__ = [
    "NAME_ERASED",
    "Absence",
    "Delegation",
    "Difference",
    "Organisation",
    "OrganisationFile",
    "Post",
    "Relation",
    "Unit",
    "difference",
    "exported",
    "lines",
    "parse",
]
