"""A scheme: the rules of one cycle, whole, checked and immutable.

It is identified by the hash of its canonical bytes; those bytes are kept in the database for every
cycle that runs under them, and a scheme rebuilt from them decides exactly as this one does.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.canonical import canonical_bytes
from schemas.document import Document, Faults
from schemas.limits import FIRST_YEAR, LAST_YEAR
from schemas.reading import Node, Reading
from services.workflow.domain.report import ReportRules
from services.workflow.domain.scheme.model import ContentArea, Grant
from services.workflow.domain.scheme.parsing import (
    read_content_areas,
    read_openers,
    read_rules,
    read_tiers,
)
from services.workflow.domain.scheme.soundness import check_scoring, check_tiers
from services.workflow.domain.scheme.tier import Tier
from services.workflow.domain.scoring import Scoring

FORMAT = 1  # of the file; a reader of format 2 would still read 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Scheme:
    """The rules of one cycle; safe to share between threads."""

    id: str
    title: str
    year: int
    zone: ZoneInfo
    notice: str  # number of the document it is taken from
    opens: date  # first day of the cycle's preparations
    max_backdating: timedelta  # how far back an act may take effect
    opened_by: tuple[Grant, ...]  # who opens its cycles; nobody: a text of before this was said
    client_triggers: frozenset[str]  # what a client may fire in its own name
    tiers: Mapping[str, Tier]
    report: ReportRules
    scoring: Scoring
    content_areas: tuple[ContentArea, ...]
    audit_criteria: tuple[str, ...]  # what an auditor looks at
    canonical: bytes  # RFC 8785 of the document
    hash: str  # SHA-256 of *canonical*, hex

    def tier_of(self, kind: str) -> Tier | None:
        """Return the tier of units of *kind*; None: they are not appraised."""
        return next((tier for tier in self.tiers.values() if kind in tier.kinds), None)

    @classmethod
    def parse(cls, document: Document) -> Self:
        """Make the scheme that *document* says.

        Raises:
            Faults: all that is wrong with it, each with file, line, path and reason.
        """
        reading = Reading(document)
        root = reading.root()
        fields = _read_head(root)
        rules = read_rules(root)
        tiers = read_tiers(root)
        areas, criteria = read_content_areas(root), root.words("audit_criteria", None, "point")
        triggers = {trigger for tier in tiers.values() for trigger in tier.transitions}
        clients = root.words("clients", triggers, "trigger")
        openers = read_openers(root)
        check_scoring(rules.scoring, reading.fault)
        check_tiers(tiers, fields["opens"], reading.fault)
        reading.finish()
        if reading.faults:
            raise Faults(sorted(reading.faults))
        for tier in tiers.values():
            tier.build(rules)
        canonical = canonical_bytes(document.tree)
        return cls(
            **fields,
            opened_by=openers,
            client_triggers=frozenset(clients),
            tiers=MappingProxyType(tiers),
            report=rules.report,
            scoring=rules.scoring,
            content_areas=areas,
            audit_criteria=criteria,
            canonical=canonical,
            hash=hashlib.sha256(canonical).hexdigest(),
        )

    @classmethod
    def from_canonical(cls, canonical: bytes) -> Self:
        """Rebuild a scheme from its own canonical bytes.

        Raises:
            Faults: this release cannot read it any more.
        """
        return cls.parse(Document(json.loads(canonical), "canonical scheme"))


def _read_head(root: Node) -> dict[str, Any]:
    if root.integer("format", 1, 1_000) != FORMAT:
        root.fault(f"this release reads format {FORMAT} only", "format")
    return {
        "id": root.identifier("id"),
        "title": root.text("title"),
        "year": root.integer("year", FIRST_YEAR, LAST_YEAR),
        "notice": root.text("notice"),
        "zone": _zone(root),
        "opens": root.day("opens"),
        "max_backdating": timedelta(days=root.integer("max_backdating_days", 0, 366)),
    }


def _zone(root: Node) -> ZoneInfo:
    name = root.text("time_zone")
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones
        root.fault(f"unknown time zone {name}", "time_zone")
        return ZoneInfo("UTC")
