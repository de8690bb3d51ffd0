"""What may be written, as declarations: each is read by itself and says itself as JSON Schema.

A *shape* reads one key of a `Node` and notes what is wrong with it. Because the same declaration
reads the file and makes the schema that editors complete by, the two cannot drift. What only the
whole file can tell (a name that nothing bears, a weight that does not add up) is checked later, on
the values: so every value that may be at fault keeps its place, `at`.
"""

from services.workflow.domain.language.shapes.composed import (
    LEFT_OUT,
    REQUIRED,
    Catalogue,
    Either,
    Key,
    Later,
    Named,
    Record,
    Several,
    Table,
    Variants,
)
from services.workflow.domain.language.shapes.plain import (
    Day,
    Exact,
    Flag,
    Id,
    Line,
    Name,
    Names,
    OneOf,
    Points,
    Present,
    Share,
    Whole,
)
from services.workflow.domain.language.shapes.shape import (
    Definitions,
    Mapped,
    Schema,
    Shape,
)

__all__ = [
    "LEFT_OUT",
    "REQUIRED",
    "Catalogue",
    "Day",
    "Definitions",
    "Either",
    "Exact",
    "Flag",
    "Id",
    "Key",
    "Later",
    "Line",
    "Mapped",
    "Name",
    "Named",
    "Names",
    "OneOf",
    "Points",
    "Present",
    "Record",
    "Schema",
    "Several",
    "Shape",
    "Share",
    "Table",
    "Variants",
    "Whole",
]
