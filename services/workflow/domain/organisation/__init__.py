"""The organisation: units in a tree, people, and the posts they hold for a time.

The one idea: an `Organisation` is a value at one version of the organisation's stream. Who holds
what is always asked *on a day*, because a case of January is judged by January's posts.
"""

from services.workflow.domain.organisation.tree import Organisation
from services.workflow.domain.organisation.vocabulary import (
    ADMINISTRATORS,
    KINDS,
    ROLES,
    SECRETARIES,
    Post,
    Unit,
)

__all__ = ["ADMINISTRATORS", "KINDS", "ROLES", "SECRETARIES", "Organisation", "Post", "Unit"]
