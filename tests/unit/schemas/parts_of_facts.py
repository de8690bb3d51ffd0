"""What events of tests have in common: when, about whom, on whose desk."""

AT = "2020-01-10T01:30:00.000000Z"
DUE = "2020-01-14T16:00:00.000000Z"
REVIEW = "0191f3a0-0000-7000-8000-000000000001"
CYCLE = "0191f3a0-0000-7000-8000-0000000000c1"
TEXT = {"sha256": "ab" * 32, "length": 12}
DESK = {"unit": "organ-committee", "role": "office"}
TRIGGERED = {"effective_at": AT, "reason": TEXT, "reference": TEXT}
MEETING = "meeting/0191f3a0-0000-7000-8000-0000000000a1"
VISIT = "visit/0191f3a0-0000-7000-8000-0000000000b1"
CALENDAR = {"id": "cn-state-council", "hash": "ef" * 32}
HOLDER = {
    "desk": "office",
    **DESK,
    "due_at": DUE,
    "rule": {"working_days": 3, "after": "unit_audit"},
    "calendar": CALENDAR,
}
WAITING = {
    "desk": "chair",
    "unit": "work-committee",
    "role": "secretary",
    "person": "p-0001",
    "vacant": False,
    "due_at": DUE,
    "rule": {"days": 10, "before": "meeting.held", "until_known": True},
    "sources": [
        {"link": "meeting", "stream": MEETING, "version": 4},
        {"link": "visit", "version": 0},
    ],
    "waits_for": {"link": "meeting", "mark": "held"},
    "raised_from": "2020-01-09",
}
SIGNATURE = {"desk": "head", "unit": "u-hospital-1", "role": "head", "person": "p-0008"}
