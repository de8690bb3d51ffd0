"""The names of streams: whose life is told there, and which of its sides.

`<kind>/<id>`, and beside a case `<kind>/<id>/<side>`. The one idea: a few first parts are reserved,
and every other one is the kind of a case, whatever the scheme calls it. So a reader may step over
the reserved kinds it does not follow, and none can step over a case because it never heard of
its kind.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple, Self

from schemas.limits import IDENTIFIER

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
KIND = r"[a-z][a-z_]{0,39}"  # of a case; schemes are held to it

# The reserved first parts, and what an id looks like there: no kind of case may bear these names.
RESERVED: Mapping[str, str] = {
    "cycle": UUID,
    "round": UUID,
    "organisation": IDENTIFIER,
    "text": IDENTIFIER,
    "access": IDENTIFIER,
    "reads": IDENTIFIER,
    "log": IDENTIFIER,
}
REFUSALS, NOTICES = "refusals", "notices"
SIDES = (REFUSALS, NOTICES)  # of a case; what is written there moves no version of the case

# Names by their shape alone, where a reserved kind still passes for a case.
CASE = f"{KIND}/{UUID}"
_RESERVED = "|".join(f"{kind}/{id_}" for kind, id_ in RESERVED.items())
NAME = f"({CASE}(/({'|'.join(SIDES)}))?|{_RESERVED})"
_SHAPE = re.compile(NAME, re.ASCII)


class NotAStream(ValueError):
    """No stream can have this name."""


class Stream(NamedTuple):
    """One stream, by the parts of its name."""

    kind: str
    id: str
    side: str = ""

    @classmethod
    def parse(cls, name: str) -> Self:
        """Return the stream called *name*.

        Raises:
            NotAStream
        """
        stream = cls(*name.split("/")) if _SHAPE.fullmatch(name) else None
        if stream is None or (stream.side and not stream.is_case):
            raise NotAStream(name)
        return stream

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}/{self.side}" if self.side else f"{self.kind}/{self.id}"

    @property
    def is_case(self) -> bool:
        """Whether it tells of a case, itself or beside it."""
        return self.kind not in RESERVED

    @property
    def own(self) -> Self:
        """The stream without its side, which alone moves the version."""
        return self._replace(side="")

    @property
    def pair(self) -> str:
        """What all streams of one case share, `<kind>/<id>`."""
        return f"{self.kind}/{self.id}"


def first_part(name: str) -> str:
    """Return the kind that *name* begins with, of damaged names too: enough to step over it."""
    return name.partition("/")[0]
