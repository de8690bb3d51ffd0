"""Who presents on site is drawn in the open: of units, and of a hospital's branches (C1.2, C1.3).

The list is fixed and two people sign the printed checkpoint in the afternoon; the lottery is drawn
in the evening. Nobody could choose: who is drawn is another each time this is played.
"""

import json
from hashlib import sha256
from typing import Any

from deploy.demo.cast import HOSPITAL_DEPUTY, HOSTS, OFFICE, OFFICE_OTHER, ORGAN_SECRETARY
from deploy.demo.reviews import REVIEW
from deploy.demo.stage import CREATED, Stage
from deploy.running import WORKFLOW

COMMISSION, HOSPITAL = "u-organ", "u-hospital-1"
FILE = "draw.json"
_TERMS = {"number": "two_colours", "issue": "2020004", "drawn_at": "2020-01-09T21:15:00+08:00"}
_NUMBER = "02 05 11 18 24 33 + 09"
_SLIP = "02 05 11 18 24 33 + 08"
_PAIRS = {COMMISSION: (OFFICE, ORGAN_SECRETARY), HOSPITAL: (HOSTS[HOSPITAL], HOSPITAL_DEPUTY)}


def freeze(stage: Stage) -> None:
    """Fix who may be drawn; have two people sign what the log was like then."""
    for unit, (office, second) in _PAIRS.items():
        opened = stage.open("draw", office, unit)
        stage.check("抽签立案", opened.status == CREATED)
        case = opened.body["case"]["id"]
        stage.act(case, "freeze", office, data=_step(**_TERMS))
        signed = _step(checkpoint=_printed(stage, case))
        for person in (office, second):
            stage.act(case, "attest", person, data=signed)
        if unit == COMMISSION:
            stage.say("   还没有开奖，就想登记号码：")
            refused = stage.refuse(case, "enter_number", OFFICE_OTHER, 422, data=_entry(_NUMBER))
            stage.hold("开奖之前不能登记公开号码", refused == ["number_too_early"])


def enter(stage: Stage) -> None:
    """Enter the number, each apart; one of them mistypes it first."""
    for unit, (office, second) in _PAIRS.items():
        (case,) = stage.of_unit("draw", unit)
        stage.act(case["id"], "enter_number", office, data=_entry(_NUMBER))
        if unit == COMMISSION:
            still = stage.act(case["id"], "enter_number", second, data=_entry(_SLIP))
            stage.hold("两人登记的号码不同，抽签不成", still.get("state") == "frozen")
        stage.act(case["id"], "enter_number", second, data=_entry(_NUMBER))
    _told(stage)
    _kept(stage)


def close(stage: Stage) -> None:
    """End the draws: nobody was let off, so no reserve has to present."""
    for unit, (office, _) in _PAIRS.items():
        (case,) = stage.of_unit("draw", unit)
        stage.act(case["id"], "close", office)


def _entry(number: str) -> dict[str, Any]:
    return _step(number=number)


def _step(**brought: Any) -> dict[str, Any]:
    return {"draw": {"on_site": brought}}


def _printed(stage: Stage, case: str) -> str:
    """Return the hash on the sheet: of the checkpoint over just the size that is stated."""
    found = dict[str, Any]()

    def is_signed() -> bool:
        found.update(stage.api.get(f"/v1/cases/{case}/draw").body)
        return bool(found["checkpoint"])

    stage.check("检查点已签名", stage.comes_about(is_signed))
    return sha256(found["checkpoint"].encode()).hexdigest()


def _told(stage: Stage) -> None:
    """Look who was drawn, and that their reviews know it."""
    reviews = {one["unit"]: one["id"] for one in stage.listed(kind=REVIEW)}
    for unit, clause in ((COMMISSION, "C1.2"), (HOSPITAL, "C1.3")):
        (case,) = stage.of_unit("draw", unit)
        result = stage.api.get(f"/v1/cases/{case['id']}/draw").body["result"]
        drawn = [reviews[one] for one in result["drawn"]]
        stage.drawn += drawn
        stage.written += [reviews[one] for one in result["reserves"]]
        modes = [stage.told(one, "set_mode")["sets"]["mode"] for one in drawn]
        holds = len(drawn) * 3 >= len(result["tickets"]) and set(modes) == {"on_site"}
        stage.hold(f"抽签（{clause}）：不少于三分之一现场述职，由抽签确定", holds)
        stage.clause(clause, case["id"], "enter_number")


def _kept(stage: Stage) -> None:
    """Take the draw away as a file, and decide it again without the service."""
    (case,) = stage.of_unit("draw", COMMISSION)
    path = f"/v1/cases/{case['id']}/draw/file"

    def is_there() -> bool:
        return stage.api.get(path).status == 200  # noqa: PLR2004

    stage.check("抽签文件可取", stage.comes_about(is_there))
    file = stage.folder / FILE
    file.write_text(json.dumps(stage.api.get(path).body, ensure_ascii=False), encoding="utf-8")
    key = stage.operate(WORKFLOW, "key", "show").strip()
    told = stage.operate(WORKFLOW, "draw", "verify", str(file), "--key", key)
    stage.say("   " + told.strip().replace("\n", "\n   "))
    stage.hold("抽签结果可离线复核", "抽中" in told)
