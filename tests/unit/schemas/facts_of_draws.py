"""One plausible event of each step of a draw."""

from typing import Any

from tests.unit.schemas.parts_of_facts import AT, CYCLE, HOLDER, TEXT, TRIGGERED, VISIT

DATA: dict[str, dict[str, Any]] = {
    "draw_frozen": {
        "trigger": "freeze",
        **TRIGGERED,
        "from": "preparing",
        "to": "frozen",
        "holders": [HOLDER],
        "draw": {
            "terms": {
                "rule": "on_site",
                "draw": "2019-draw-0001",
                "cycle": "2019",
                "tier": "B",
                "ratio": "1/3",
                "eligible": 10,
                "take": 4,
                "source": "双色球",
                "issue": "2020004",
                "drawn_at": "2020-01-09T21:15:00+08:00",
                "format": "6 of 01-33 ascending + 1 of 01-16 ascending",
                "log": "shuping.example/log",
                "exempt": [{"unit": "u-11", "reason": "merged"}],
                "roster": TEXT,
                "follows": f"draw/{CYCLE}",
            }
        },
    },
    "draw_sealed": {"effective_at": AT, "draw": {"sealed": {"size": 412, "statement": "d5" * 32}}},
    "draw_attested": {
        "trigger": "attest",
        "effective_at": AT,
        "draw": {"attested": {"size": 412, "root": "b5" * 32, "checkpoint": "c5" * 32}},
    },
    "draw_number_entered": {
        "trigger": "enter_number",
        "effective_at": AT,
        "draw": {"entered": TEXT},
    },
    "draw_completed": {
        "trigger": "enter_number",
        "effective_at": AT,
        "from": "frozen",
        "to": "drawn",
        "holders": [HOLDER],
        "draw": {
            "entered": TEXT,
            "drawn": {
                "number": "02 05 11 18 24 33 + 09",
                "root": "b5" * 32,
                "statement": "d5" * 32,
                "seed": "e5" * 32,
                "tickets": [
                    {"unit": "u-09", "ticket": "13" * 32},
                    {"unit": "hosp-10", "ticket": "44" * 32},
                ],
            },
        },
        "left_out": [{"trigger": "set_mode", "reason": "wrong_state", "cases": [VISIT]}],
    },
    "draw_exempted": {
        "trigger": "exempt",
        **TRIGGERED,
        "draw": {"exemption": {"unit": "u-09", "reason": "ill", "promoted": "hosp-10"}},
    },
}
