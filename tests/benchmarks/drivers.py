"""What the load generator sends: one review from drafting to closed, seven triggers."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.organisation import BRANCHES_PER_COMMITTEE

Step = tuple[str, str, dict[str, Any]]  # a trigger, who fires it, its data

CHAIR = "{chair}"
REPORT = {"report": {"achievements": "甲", "problems": "乙", "tasks": "丙"}}
FINDINGS = {"findings": ["问题清单空泛"]}
_SCORES = {"ballot_score": "91.50", "superior_score": "86.25"}
STEPS: tuple[Step, ...] = (
    ("submit", "{person}", REPORT),
    ("pass_unit_audit", CHAIR, {}),
    ("present", CHAIR, {}),
    ("score", CHAIR, _SCORES),
    ("give_feedback", CHAIR, {}),
    ("start_rectification", "{person}", {}),
    ("close", CHAIR, {}),
)


def write_driver(path: Path, token: str, route: str, steps: Sequence[Step]) -> None:
    """Write the generator's configuration: *steps* fired one after another on each case."""
    driver = {
        "system": "shuping",
        "base": "http://127.0.0.1:0",
        "headers": {"Authorization": f"Bearer {token}"},
        "start": {"method": "GET", "path": "/healthz"},
        "trigger": {
            "method": "POST",
            "path": f"{route}/{{id}}/transitions",
            "headers": {"Idempotency-Key": "{uuid}", "On-Behalf-Of": "{who}"},
            "body": '{"trigger":"{trigger}","data":{data}}',
        },
        "triggers": [
            {"name": name, "vars": {"who": who, "data": json.dumps(data)}}
            for name, who, data in steps
        ],
    }
    path.write_text(json.dumps(driver), encoding="utf-8")


def write_cases(path: Path, cases: list[tuple[str, str]]) -> None:
    """Write fresh cases, (review id, person) each, for the generator to take one by one."""
    lines = (f"{review} {person} {chair_of(person)}\n" for review, person in cases)
    path.write_text("".join(lines), encoding="utf-8")


def chair_of(person: str) -> str:
    """Return who audits and hears the branch of secretary *person*."""
    n = int(person.removeprefix("p-"))
    return f"p-chair-{(n - 1) // BRANCHES_PER_COMMITTEE + 1}"
