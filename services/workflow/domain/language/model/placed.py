"""What every value of a scheme has: its place in the file."""

from dataclasses import dataclass, field

from schemas.document import Path


@dataclass(frozen=True, slots=True)
class Placed:
    """Something that stands at *at* in the file; where it stands is no part of what it is."""

    at: Path = field(default=(), compare=False, repr=False, kw_only=True)
