"""One plausible event of each first version that is written no more."""

from typing import Any

from tests.unit.schemas.parts_of_facts import AT, CYCLE, DESK, DUE, TEXT, TRIGGERED

DATA: dict[str, dict[str, Any]] = {
    "review_opened": {
        "number": "2019-B-0007",
        "cycle": CYCLE,
        "person": "p-0007",
        "unit": "u-hospital-1",
        "kind": "unit_committee",
        "tier": "B",
        "path": ["work-committee", "organ-committee", "u-hospital-1"],
        "audits": [
            {"stage": "unit_audit", "body": "u-hospital-1"},
            {"stage": "organ_audit", "body": "organ-committee"},
        ],
        "hearing_body": "organ-committee",
        "state": "drafting",
        "effective_at": AT,
        "holder": {"unit": "u-hospital-1", "role": "secretary", "person": "p-0007"},
        "due_at": DUE,
    },
    "state_changed": {
        "trigger": "submit",
        "from": "drafting",
        "to": "unit_audit",
        "effective_at": AT,
        "holder": DESK,
        "due_at": DUE,
        "report": {
            "version": 1,
            "characters": {"achievements": 990, "problems": 1000, "tasks": 980, "total": 2970},
            "achievements": TEXT,
            "problems": TEXT,
            "tasks": TEXT,
            "warnings": ["third_off"],
        },
        "findings": [TEXT],
        "scores": {"ballot": "91.50", "superior": "88.00", "final": "90.45", "grade": "good"},
        "decisions": [{"body": "organ-committee", "date": "2020-01-20", "minutes": TEXT}],
    },
    "suspended": {"trigger": "suspend", **TRIGGERED},
    "resumed": {"trigger": "resume", **TRIGGERED, "suspended_working_days": 3, "due_at": DUE},
    "deadline_changed": {
        "trigger": "change_deadline",
        **TRIGGERED,
        "due_at": DUE,
        "previous_due_at": AT,
    },
    "trigger_refused": {
        "trigger": "pass_unit_audit",
        "state": "unit_audit",
        "version": 2,
        "status": 403,
        "blockers": [{"code": "own_case", "field": "data.report", "params": {"limit": 3000}}],
        "effective_at": AT,
    },
    "note_added": {"kind": "urge", "text": TEXT, "holder": DESK},
    "notice_recorded": {
        "notice": "0191f3a0-0000-7000-8000-0000000000e1",
        "review_version": 2,
        "state": "unit_audit",
        "track": "deadline",
        "rung": 1,
        "kind": "escalation",
        "recipient": {"person": "p-0100", "unit": "organ-committee", "role": "office"},
        "channel": "email",
        "outcome": "sent",
        "reason": "overdue",
        "skipped": [{"unit": "u-hospital-1", "role": "secretary", "reason": "person_appraised"}],
        "due_at": DUE,
        "planned_at": DUE,
        "decided_at": DUE,
        "policyhash": "cd" * 32,
        "text": TEXT,
    },
    "cycle_opened": {
        "cycle": CYCLE,
        "scheme": "jilin-health-2019",
        "calendarhash": "ef" * 32,
        "unit": "organ-committee",
        "year": 2019,
        "tiers": {"B": {"expected": 26, "opened": 25}},
    },
    "organisation_changed": {
        "units": [
            {
                "id": "u-hospital-1",
                "parent": "organ-committee",
                "name": "第一示例医院党委",
                "kind": "unit_committee",
                "staff": 1200,
                "public_hospital": True,
            }
        ],
        "people": [{"id": "p-0007", "details": TEXT}],
        "posts": [
            {
                "person": "p-0007",
                "unit": "u-hospital-1",
                "role": "secretary",
                "from": "2019-01-01",
                "until": "2020-12-31",
            }
        ],
        "dropped": {
            "units": ["u-old"],
            "people": ["p-0001"],
            "posts": [{"person": "p-0001", "unit": "u-old", "role": "clerk", "from": "2018-01-01"}],
        },
    },
}
