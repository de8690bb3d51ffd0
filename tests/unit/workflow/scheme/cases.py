"""The shipped scheme, changed a little, and facts to try it with."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from schemas.document import Fault
from services.workflow import schemes
from services.workflow.adapters.files import scheme_file
from services.workflow.domain.guards import Facts
from services.workflow.domain.report import ReportCount
from services.workflow.domain.scheme import Attempt, Scheme, Tier

NAME = "jilin-health-2019"
TEXT = schemes.text(NAME).decode()
SCHEME = scheme_file.shipped(NAME)
DAY = date(2020, 1, 9)
NOON = datetime(2020, 1, 9, 4, tzinfo=UTC)
A_REPORT = ReportCount(achievements=1000, problems=1000, tasks=1000)
SCORES = {"ballot": 90, "superior": 90}


def changed(*pairs: tuple[str, str]) -> str:
    """Return the shipped text with the first occurrence of each old text replaced by its new."""
    text = TEXT
    for old, new in pairs:
        assert old in text, f"the shipped scheme has no {old!r}"
        text = text.replace(old, new, 1)
    return text


def faults_of(*pairs: tuple[str, str]) -> list[Fault]:
    """Return what is wrong with the shipped scheme changed by *pairs*."""
    return scheme_file.check(changed(*pairs), "s.yaml")


def line_of(text: str, marker: str) -> int:
    """Return the line on which *marker* first stands."""
    return text[: text.index(marker)].count("\n") + 1


def scheme_with(*pairs: tuple[str, str]) -> Scheme:
    """Return the shipped scheme changed by *pairs*, which must be sound."""
    return scheme_file.load(changed(*pairs), "s.yaml")


FACTS = Facts(audits=("organ_audit",), state="drafting", effective_at=NOON, effective_on=DAY)


def facts(**others: Any) -> Facts:
    """Return facts with nothing given but *others*; *scores* by component."""
    scores: Mapping[str, Decimal] = others.pop("scores", {})
    return FACTS._replace(scores=tuple(scores.items()), **others)


def live(tier: Tier, kind: str, triggers: Sequence[str], **others: Any) -> list[str]:
    """Fire *triggers* on a fresh case of *kind*; return the states it went through."""
    state, states = tier.initial, [tier.initial]
    for trigger in triggers:
        tried = attempt(tier, kind, trigger, state, **others)
        assert tried.passes, (trigger, state, tried)
        state = tried.target or state
        states.append(state)
    return states


def attempt(tier: Tier, kind: str, trigger: str, state: str, **others: Any) -> Attempt:
    """Try *trigger* with everything it asks for, and *others*."""
    given = {
        "audits": tuple(rule.stage for rule in tier.audits(kind)),
        "reason_given": True,
        "characters": A_REPORT,
        "new_due_at": datetime(2020, 1, 20, tzinfo=UTC),
    }
    return tier.attempt(trigger, state, facts(state=state, **{**given, **others}))
