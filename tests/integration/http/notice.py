"""A notice as the notifier reports it."""

from typing import Any
from uuid import uuid4

from tests.integration.http.service import Service


def notice(service: Service, unit: str = "c-b1", **others: Any) -> dict[str, Any]:
    return {
        "notice": str(uuid4()),
        "review": service.reviews[unit],
        "review_version": 1,
        "state": "drafting",
        "track": "due",
        "rung": "due_day",
        "kind": "reminder",
        "recipient": {"person": "c-b1.sec", "unit": "c-b1", "role": "secretary"},
        "channel": "inapp",
        "outcome": "sent",
        "reason": "due_today",
        "skipped": [{"unit": "c", "role": "office", "reason": "vacant"}],
        "due_at": "2020-01-10T16:00:00.000000Z",
        "planned_at": "2020-01-10T01:00:00.000000Z",
        "decided_at": "2020-01-10T01:00:01.000000Z",
        "policyhash": "0" * 64,
        "text": "请于今天 24 时前提交述职报告。",
        **others,
    }
