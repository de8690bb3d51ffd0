"""The scheme: one cycle's rules as data, checked as a whole and run by one machine per tier."""

from services.workflow.domain.scheme.deadline import OPENED, DeadlineRule
from services.workflow.domain.scheme.model import (
    Attempt,
    AuditRule,
    BodyRule,
    ContentArea,
    DeskRule,
    Grant,
    GuardUse,
    State,
    Transition,
)
from services.workflow.domain.scheme.scheme import Scheme
from services.workflow.domain.scheme.show import show
from services.workflow.domain.scheme.tier import Tier

__all__ = [
    "OPENED",
    "Attempt",
    "AuditRule",
    "BodyRule",
    "ContentArea",
    "DeadlineRule",
    "DeskRule",
    "Grant",
    "GuardUse",
    "Scheme",
    "State",
    "Tier",
    "Transition",
    "show",
]
