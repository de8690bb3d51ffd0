"""Names of format 2: what they look like, and which belong to the language itself.

Names go into events as they are, so they take a subset of what events' schemas do, and none that
YAML 1.1 reads as a truth value or that has a meaning beside it (a stream, a grade, a mark).
"""

import re

from schemas import limits
from schemas.reading import CODE, Naming
from schemas.said import said
from schemas.streams import RESERVED
from services.workflow.domain.language.shapes import Id, Name

PATTERN = "[a-z][a-z_]{0,39}"
_NAME = re.compile(PATTERN, re.ASCII)
TRUTH_VALUES = frozenset({"on", "off", "yes", "no", "y", "n", "true", "false"})
TAKEN = frozenset({"final", "grade", *RESERVED})  # none of a scheme's names is one of these
MARKS = frozenset({"opened", "round", "of"})  # nor is a state or a link one of these


def is_name(text: str) -> bool:
    """Tell whether *text* may name something of a scheme."""
    return _NAME.fullmatch(text) is not None and text not in TAKEN | TRUTH_VALUES


def is_mark(text: str) -> bool:
    """Tell whether *text* may name a state or a link."""
    return is_name(text) and text not in MARKS


NAME = Name(
    Naming(
        is_name,
        said(
            "a name has letters a to z and underscores, begins with a letter, has at most 40"
            " characters and is none of {words}",
            words=", ".join(sorted(TAKEN | TRUTH_VALUES)),
        ),
    ),
    PATTERN,
    TAKEN | TRUTH_VALUES,
    defined="name",
)
MARK = Name(
    Naming(
        is_mark,
        said(
            "a state's or a link's name has letters a to z and underscores, begins with a letter,"
            " has at most 40 characters and is none of {words}",
            words=", ".join(sorted(TAKEN | TRUTH_VALUES | MARKS)),
        ),
    ),
    PATTERN,
    TAKEN | TRUTH_VALUES | MARKS,
    defined="name_of_state_or_link",
)
LINK = Name(  # a link that is named where it is used: a child's to its parent is `of`
    Naming(
        lambda text: text == "of" or is_mark(text),
        "a link's name has letters a to z and underscores, or is of",
    ),
    PATTERN,
    TAKEN | TRUTH_VALUES | MARKS - {"of"},
)
# Format 1 held its names to what events take, and to nothing else.
FIRST_NAMES = {one.naming: CODE for one in (NAME, MARK, LINK)}
TIER = Name(
    Naming(
        limits.is_tier,
        "a tier's name has letters, digits, dots, dashes and underscores, and at most 51"
        " characters",
    ),
    limits.TIER,
    defined="name_of_tier",
)
ID = Id()
_PARTY = rf"(of\.)?{PATTERN}"
PARTY = Name(
    Naming(
        lambda text: is_name(text.removeprefix("of.")),
        "a party is its name, or of.<name> for the parent's",
    ),
    _PARTY,
    defined="name_of_party",
)
