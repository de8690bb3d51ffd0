"""Reading a whole scheme of format 2: every key declared, every fault noted, none fatal.

What the parts of a file mean together (names, reachability, sums) is asked afterwards, of the
values, in `checks`; the declaration below is also what editors complete by.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.document import Path
from schemas.limits import FIRST_YEAR, LAST_YEAR
from schemas.reading import Naming, Node, Reading
from schemas.said import said
from services.workflow.domain.language.model.scheme import Parties, Round, Scheme
from services.workflow.domain.language.naming import ID, NAME
from services.workflow.domain.language.reading.documents import DOCUMENTS, with_criteria
from services.workflow.domain.language.reading.following import FOLLOWS
from services.workflow.domain.language.reading.kinds import KINDS
from services.workflow.domain.language.reading.lives import kind_of
from services.workflow.domain.language.reading.parties import PEOPLE, UNITS
from services.workflow.domain.language.reading.rosters import ROSTERS
from services.workflow.domain.language.reading.scores import (
    CAPS,
    COMPONENTS,
    CONSEQUENCES,
    DRAWS,
    FLAGS,
    GRADINGS,
    MODES,
    POLLS,
    QUOTAS,
)
from services.workflow.domain.language.reading.sight import OPENERS
from services.workflow.domain.language.shapes import (
    Day,
    Definitions,
    Key,
    Line,
    Name,
    Names,
    OneOf,
    Record,
    Schema,
    Whole,
)

FORMAT = 2
_LABEL = r"[0-9]{4}(-(Q[1-4]|0[1-9]|1[0-2]))?"
_EVERY = ("year", "quarter", "month", "on_request")


@dataclass(frozen=True, slots=True)
class _Zone:
    """The name of a time zone."""

    def read(self, node: Node, key: str) -> ZoneInfo:
        name = node.text(key)
        try:
            return ZoneInfo(name or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones
            node.fault(said("unknown time zone {name}", name=name), key)
            return ZoneInfo("UTC")

    def schema(self, known: Definitions) -> Schema:  # noqa: ARG002
        return {"type": "string", "minLength": 1}


_ROUND_LABEL = Name(
    Naming(
        lambda text: re.fullmatch(_LABEL, text, re.ASCII) is not None,
        "a round is 2019, 2019-Q3 or 2019-07",
    ),
    _LABEL,
)
_YEAR = Whole(FIRST_YEAR, LAST_YEAR)


@dataclass(frozen=True, slots=True)
class _Label:
    """The label of one round: `2019`, `2019-Q3`, `2019-07`."""

    def read(self, node: Node, key: str) -> str:
        if isinstance(node.raw(key), str):
            return _ROUND_LABEL.read(node, key)
        return str(_YEAR.read(node, key))

    def schema(self, known: Definitions) -> Schema:
        return {"anyOf": [_ROUND_LABEL.schema(known), _YEAR.schema(known)]}


_ROUND = Record(
    Round,
    {
        "every": Key(OneOf("turn", _EVERY)),
        "for": Key(_Label(), default="", to="label"),
        "opens": Key(Day(), default=None),
        "ends": Key(Day(), default=None),
    },
    defined="round",
)
_PARTIES = Record(
    Parties, {"units": Key(UNITS, default={}), "people": Key(PEOPLE, default={})}, defined="parties"
)


def _words(at: Path, **told: str) -> Mapping[str, str]:  # noqa: ARG001 - nothing is wrong with them
    # Schemes that were read are shared by all that have their bytes: nobody writes into one.
    return MappingProxyType({name: word for name, word in told.items() if word})


_WORDS = Record(
    _words, {name: Key(Line(), default="") for name in ("product", "case", "subject", "hearing")}
)

SCHEME: Record[dict[str, Any]] = Record(
    dict,
    {
        "format": Key(Whole(FORMAT, FORMAT)),
        "id": Key(ID),
        "title": Key(Line()),
        "notice": Key(Line(), default=""),
        "time_zone": Key(_Zone(), to="zone"),
        "round": Key(_ROUND),
        "opened_by": Key(OPENERS),
        "closed_by": Key(OPENERS, default=()),
        "least_notice": Key(Whole(0, 60), default=2),
        "max_backdating_days": Key(Whole(0, 366), default=0, to="max_backdating"),
        "clients": Key(Names(NAME, least=0), default=()),
        "words": Key(_WORDS, default={}),
        "modes": Key(MODES, default=()),
        "flags": Key(FLAGS, default=()),
        "parties": Key(_PARTIES),
        "cases": Key(KINDS),
        "documents": Key(DOCUMENTS, default={}),
        "components": Key(COMPONENTS, default=()),
        "gradings": Key(GRADINGS, default={}),
        "polls": Key(POLLS, default={}),
        "rosters": Key(ROSTERS, default={}),
        "draws": Key(DRAWS, default={}),
        "consequences": Key(CONSEQUENCES, default=()),
        "caps": Key(CAPS, default=()),
        "quotas": Key(QUOTAS, default={}),
        "follows": Key(FOLLOWS, default=None),
    },
)


def read_scheme(reading: Reading) -> Scheme:
    """Return the scheme that is read, not yet known by its bytes; faults are noted."""
    written = SCHEME.of(reading.root())
    parties: Parties = written["parties"]
    declared = {**parties.units, **parties.people}
    for name in parties.units.keys() & parties.people.keys():
        reading.fault(
            ("parties", "people", name), said("{name} is a party of units already", name=name)
        )
    given = {key: written[key] for key in written if key not in ("at", "format", "cases")}
    given["documents"] = with_criteria(written["documents"])
    given["components"] = {one.name: one for one in written["components"]}
    given["clients"] = frozenset(written["clients"])
    kinds = {
        name: kind_of(name, each, declared, reading.fault)
        for name, each in written["cases"].items()
    }
    return Scheme(**given, kinds=kinds)
