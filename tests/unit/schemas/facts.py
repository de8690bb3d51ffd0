"""One plausible event of every type, for the golden bytes and the verifier's tests.

The first version of a fact is called by its bare name, a later one as in `note_added.v2`.
"""

from datetime import UTC, datetime
from typing import Any

from schemas.envelope import Envelope
from schemas.registry import event_type
from tests.unit.schemas.facts_of_before import DATA as EARLIER
from tests.unit.schemas.facts_of_draws import DATA as DRAWS
from tests.unit.schemas.parts_of_facts import (
    AT,
    CALENDAR,
    CYCLE,
    DESK,
    DUE,
    HOLDER,
    MEETING,
    REVIEW,
    SIGNATURE,
    TEXT,
    TRIGGERED,
    VISIT,
    WAITING,
)

NOTICE = "0191f3a0-0000-7000-8000-0000000000e1"
OTHER_NOTICE = "0191f3a0-0000-7000-8000-0000000000e2"
ANSWER = {
    "notice": NOTICE,
    "version": 2,
    "desk": "office",
    "track": "due",
    "rung": "before",
    "until": "2020-01-14",
}
DATA: dict[str, dict[str, Any]] = {
    **EARLIER,
    **DRAWS,
    "case_opened": {
        "kind": "review",
        "label": "述职评议",
        "number": "2019-B-0007",
        "cycle": CYCLE,
        "of": MEETING,
        "unit": "u-hospital-1",
        "unit_kind": "unit_committee",
        "path": ["work-committee", "organ-committee", "u-hospital-1"],
        "tier": "B",
        "parties": {"hearing_body": "organ-committee"},
        "audits": [{"stage": "unit_audit", "body": "u-hospital-1"}],
        "links": [
            {"name": "meeting", "kind": "meeting", "way": "slot", "unit": "organ-committee"},
            {"name": "reviews", "kind": "review", "way": "back", "back": "meeting"},
        ],
        "subject": "p-0007",
        "state": "drafting",
        "holders": [{"unit": "u-hospital-1", "role": "secretary", "person": "p-0007"}],
        "effective_at": AT,
        "reason": TEXT,
        "reference": TEXT,
        "row": {"document": "lists", "version": 2, "row": 3, "text": TEXT},
        "values": {
            "owner": "p-0009",
            "due": "2020-03-01",
            "cost": "-12.50",
            "source": VISIT,
            "done": False,
            "work": {"from": "2020-02-01", "until": "2020-02-29"},
            "outage": {"from": AT, "until": DUE},
            "proof": TEXT,
        },
        "because": "C6",
        "carried_from": {"case": f"review/{REVIEW}", "number": "2018-B-0007/03"},
    },
    "state_changed.v2": {
        "trigger": "pass_unit_audit",
        "from": "unit_audit",
        "to": "organ_audit",
        **TRIGGERED,
        "holders": [HOLDER, WAITING],
        "documents": [
            {
                "name": "findings",
                "version": 2,
                "about": {"document": "report", "version": 1},
                "parts": [{"name": "remark", "characters": 12, **TEXT}],
                "rows": [{"row": 7, "text": TEXT, "values": {"done": True}}],
                "warnings": ["third_off"],
            }
        ],
        "submitters": {"findings": "p-0007"},
        "verdict": {"state": "unit_audit", "result": "pass", "body": "u-hospital-1"},
        "signature": SIGNATURE,
        "forgets": ["signatures", "reached"],
        "saw": [{"stream": MEETING, "version": 4}],
    },
    "desk_signed": {
        "trigger": "approve",
        "effective_at": AT,
        "state": "approval",
        "signature": SIGNATURE,
        "holders": [HOLDER],
    },
    "subject_replaced": {
        "trigger": "replace_secretary",
        **TRIGGERED,
        "subject": "p-0017",
        "previous": "p-0007",
        "holders": [{"unit": "u-hospital-1", "role": "secretary", "person": "p-0017"}],
        "verdicts_forgotten": ["unit_audit"],
    },
    "corrected": {
        "trigger": "correct_score",
        **TRIGGERED,
        "components": {
            "superior": {"figure": "88.00", "parts": {"stars": "90", "daily": "85.5"}},
            "ballot": {"votes": {"good": 20, "fair": 3}, "n_valid": 23, "by_hand": True},
        },
        "grades": {"person": {"grade": "fair", "figure": "90.45", "uncapped": "good"}},
        "decisions": [{"body": "organ-committee", "date": "2020-01-20", "minutes": TEXT}],
        "from": "interview",
        "to": "closed",
        "final": "completed",
        "holders": [],
        "route": {"grading": "person", "grade": "fair", "to": "closed"},
    },
    "planned_day_set": {
        "trigger": "plan_meeting",
        "effective_at": AT,
        "sets": {"planned": {"held": "2020-01-21"}},
        "saw": [{"stream": MEETING, "version": 4}],
    },
    "document_filed": {
        "trigger": "file_minutes",
        "effective_at": AT,
        "documents": [
            {
                "name": "minutes",
                "version": 1,
                "rows": [{"row": 1, "name": "duty", "values": {"score": "97.5"}}],
                "files": [TEXT],
                "characters": 2970,
                "covers": [1, 6],
                "answers": [{"case": VISIT, "row": 2, "text": TEXT}],
            }
        ],
        "rosters": {"members": {"n_present": 23, "n_expected": 25, **TEXT}},
        "numbers": {"issued": "25"},
    },
    "case_changed": {
        "trigger": "set_mode",
        **TRIGGERED,
        "sets": {"mode": "on_site", "flags": {"model": True}, "order": 3},
        "dues": [{"desk": "office", "due_at": DUE, "previous_due_at": AT, "by_hand": True}],
        "planned_withdrawn": ["balloting"],
        "waived": ["ballot"],
        "left_out": [
            {"trigger": "set_mode", "reason": "wrong_state", "cases": [VISIT]},
            {"opens": "interview", "reason": "no_holder", "units": ["u-hospital-1"]},
        ],
    },
    "tally_taken": {
        "poll": "hall",
        "effective_at": AT,
        "n_covered": 3,
        "counts": "1" * 64,
        "rule": "2" * 64,
        "codes": "3" * 64,
        "n_codes": 44,
        "groups": [
            {"electorates": ["members"], "n_valid": 38},
            {"electorates": ["invited", "models"], "n_valid": 6},
        ],
        "without_ballots": ["others"],
        "reconciliation": [
            {
                "electorate": "members",
                "n_eligible": 40,
                "n_issued": 45,
                "n_phone": 30,
                "n_paper": 8,
                "n_void": 1,
                "n_spoilt": 1,
                "n_returned": 3,
                "n_not_returned": 1,
                "difference": 1,
            }
        ],
        "counted_by": ["p-0003", "p-0004"],
        "reason": TEXT,
        "struck": [{"case": VISIT, "reason": "abandoned"}],
        "saw": [{"stream": MEETING, "version": 4}],
        "left_out": [{"trigger": "ballot", "reason": "no_valid_ballot", "cases": [VISIT]}],
    },
    "suspended.v2": {"trigger": "suspend", **TRIGGERED},
    "resumed.v2": {
        "trigger": "resume",
        **TRIGGERED,
        "suspended_working_days": 3,
        "dues": [{"due_at": DUE, "previous_due_at": AT, "rule": {"day": "2020-01-14"}}],
    },
    "deadline_changed.v2": {
        "effective_at": AT,
        "dues": [
            {"desk": "office", "previous_due_at": DUE, "waits_for": {"mark": "held"}},
            {"desk": "chair", "due_at": DUE, "rule": {"field": "due"}, "calendar": CALENDAR},
            {"desk": "head", "due_at": DUE, "rule": {"at": "round.ends"}},
        ],
    },
    "trigger_refused.v2": {
        **EARLIER["trigger_refused"],
        "desk": "office",
        "saw": [{"stream": MEETING, "version": 4}],
    },
    "note_added.v2": {"kind": "urge", "text": TEXT, "holders": [{"desk": "office", **DESK}]},
    "notice_recorded.v2": {
        **{
            name: each
            for name, each in EARLIER["notice_recorded"].items()
            if name != "review_version"
        },
        "subject": f"review/{REVIEW}",
        "version": 2,
        "desk": "office",
        "channel": "wecom",
        "attempts": 2,
        "settled_at": AT,
        "wordshash": "ab" * 32,
        "instead_of": OTHER_NOTICE,
    },
    "notice_read": {"notice": NOTICE},
    "notice_acknowledged": ANSWER,
    "notice_snoozed": {**ANSWER, "working_days": 2, "reason": TEXT},
    "cycle_closed": {
        "cycle": CYCLE,
        "round": "2019",
        "effective_at": AT,
        "kinds": [{"name": "review", "tier": "B", "open": 2}, {"name": "item", "open": 7}],
        "left_open": TEXT,
        "reason": TEXT,
        "reference": TEXT,
    },
    "cycle_opened.v2": {
        "cycle": CYCLE,
        "round": "2019-Q3",
        "scheme": "jilin-health-2019",
        "unit": "organ-committee",
        "calendarhash": "ef" * 32,
        "policyhash": "cd" * 32,
        "kinds": [
            {"name": "review", "tier": "B", "expected": 26, "opened": 25, "exempt": 1},
            {"name": "meeting", "expected": 1, "opened": 0, "exempt": 0},
        ],
        "left_out": TEXT,
    },
    "organisation_changed.v2": {
        "vocabulary": {
            "kinds": [{"name": "unit_committee", "label": "直属单位党委", "label_en": "Committee"}],
            "attributes": [
                {"name": "founded", "label": "成立日期", "type": "day"},
                {"name": "staff", "label": "在编人数", "type": "number", "default": 0},
                {"name": "size", "label": "规模", "type": "choice", "choices": ["large", "small"]},
            ],
            "roles": [
                {
                    "name": "secretary",
                    "label": "书记",
                    "powers": ["act", "read_own"],
                    "one": True,
                    "stand_in": "acting_secretary",
                }
            ],
            "relations": [{"name": "in_charge", "label": "分管"}],
        },
        "units": [
            {
                "id": "u-hospital-1",
                "parent": "organ-committee",
                "name": "第一示例医院党委",
                "kind": "unit_committee",
                "attributes": {"staff": 1200, "public_hospital": True, "founded": "1949-10-01"},
            }
        ],
        "people": EARLIER["organisation_changed"]["people"],
        "posts": EARLIER["organisation_changed"]["posts"],
        "relations": [
            {
                "person": "p-0007",
                "relation": "in_charge",
                "unit": "u-hospital-1",
                "from": "2019-01-01",
                "until": "2020-12-31",
            }
        ],
        "dropped": {
            **EARLIER["organisation_changed"]["dropped"],
            "relations": [
                {"person": "p-0001", "relation": "in_charge", "unit": "u-old", "from": "2018-01-01"}
            ],
        },
    },
    "delegated": {
        "deputy": "p-0009",
        "person": "p-0007",
        "unit": "u-hospital-1",
        "roles": ["committee_member", "secretary"],
        "from": "2020-01-13",
        "until": "2020-01-24",
    },
    "channels_chosen": {
        "person": "p-0007",
        "channels": ["email", "wecom_app"],
        "revoked": True,
    },
    "absent": {"person": "p-0007", "from": "2020-01-13", "until": "2020-01-24", "revoked": True},
    "text_published": {"kind": "calendar", "id": "cn-state-council", "hash": "ef" * 32},
}

_SUBJECTS = {
    "trigger_refused": f"review/{REVIEW}/refusals",
    "note_added.v2": f"review/{REVIEW}/notices",
    "notice_recorded": f"review/{REVIEW}/notices",
    **dict.fromkeys(
        ("notice_read", "notice_acknowledged", "notice_snoozed"), f"review/{REVIEW}/notices"
    ),
    "cycle_closed": f"cycle/{CYCLE}",
    "cycle_opened": f"cycle/{CYCLE}",
    "organisation_changed": "organisation/work-committee",
    "delegated": "organisation/work-committee",
    "absent": "organisation/work-committee",
    "channels_chosen": "organisation/work-committee",
    "text_published": "text/calendar",
    **dict.fromkeys((name for name in DATA if name.startswith("draw_")), f"draw/{REVIEW}"),
}


def type_of(fact: str) -> str:
    """Return the type of one of DATA."""
    name, _, version = fact.partition(".v")
    return event_type(name, int(version or 1))


def envelope(fact: str, **changes: Any) -> Envelope:
    """Make the event of *fact*, with some attributes other than usual."""
    name = fact.partition(".")[0]
    attributes: dict[str, Any] = {
        "id": "0191f3a0-0000-7000-8000-00000000abcd",
        "source": "urn:shuping:work-committee",
        "type": type_of(fact),
        "subject": _SUBJECTS.get(fact, _SUBJECTS.get(name, f"review/{REVIEW}")),
        "time": datetime(2020, 1, 10, 1, 30, 0, 123456, tzinfo=UTC),
        "streamversion": 1,
        "correlationid": "0191f3a0-0000-7000-8000-00000000ffff",
        "client": "office-automation",
        "actor": "p-0007",
        "causationid": "0191f3a0-0000-7000-8000-00000000eeee",
        "schemehash": None if name == "organisation_changed" else "12" * 32,
        "organisationversion": 1,
        "data": DATA[fact],
    }
    return Envelope(**(attributes | changes))
