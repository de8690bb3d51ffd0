"""Telling the story: the log itself says what happened, here it is put into sentences.

Names come from the demo's organisation file; the log holds none.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from deploy.client import Client
from schemas.vocabulary import default
from services.workflow.adapters.web.words import NOTICE_REASONS

ZONE = ZoneInfo("Asia/Shanghai")
_WEEK = "一二三四五六日"
_OUTCOMES = {"sent": "已送达", "failed": "未送达", "unknown": "结果不明", "not_sent": "未发"}
_CHANNELS = {"inapp": "站内信", "email": "邮件", "console": "终端"}
_SKIPPED = {
    "vacant": "空缺",
    "holder": "正是经办人",
    "person_appraised": "正是被考核人",
    "post_ended": "已离任",
    "no_such_body": "无此组织",
    "left_to_others": "该事项不对其公开",
}
_RUNGS = {
    "arrival": "新到待办",
    "before": "期限前提醒",
    "due_day": "到期日提醒",
    "committee": "督办一级",
    "organ_office": "督办二级",
    "urge": "人工催办",
}


_FACTS = {
    "trigger_refused": "拒绝并留痕",
    "suspended": "中止",
    "resumed": "恢复",
    "case_changed": "登记",
    "corrected": "更正",
    "deadline_changed": "期限变动",
    "document_filed": "报送材料",
    "desk_signed": "会签",
    "planned_day_set": "定期",
    "subject_replaced": "更换述职人",
    "tally_taken": "计票",
    "note_added": "批注",
    "notice_read": "已阅通知",
    "notice_acknowledged": "承诺办结日",
    "notice_snoozed": "推后提醒",
    "draw_frozen": "固定抽签名单",
    "draw_sealed": "封存抽签名单",
    "draw_attested": "签署检查点",
    "draw_number_entered": "登记公开号码",
    "draw_completed": "抽签",
    "draw_exempted": "免于抽签",
}


def _rung(data: Mapping[str, Any]) -> str:
    """Return what a notice is called; one that something was published bears that thing's name."""
    name, _, nth = str(data["rung"]).partition("/")  # of one that is repeated which time
    told = _RUNGS.get(name, name) + (f"（第 {nth} 次）" if nth else "")
    return "通报" if data["kind"] == "bulletin" else told


class Names:
    """Names of the demo's units and people."""

    def __init__(self, organisation: Path) -> None:
        file = yaml.safe_load(organisation.read_text(encoding="utf-8"))
        self.units: dict[str, str] = {unit["id"]: unit["name"] for unit in file["units"]}
        self.people: dict[str, str] = {one["id"]: one["name"] for one in file["people"]}

    def person(self, person: str | None) -> str:
        """Return a person's name."""
        return self.people.get(person or "", person or "（无人）")

    def unit(self, unit: str | None) -> str:
        """Return a unit's name without what they all begin with."""
        return self.units.get(unit or "", unit or "").replace("示例省卫生健康委", "")


class Words:
    """What a scheme calls its states, by kind of case, in Chinese."""

    def __init__(self, scheme: str) -> None:
        cases = yaml.safe_load(scheme)["cases"]
        self._labels = {
            (kind, state["name"]): state["label"]
            for kind, case in cases.items()
            for state in case["states"]
        }

    def state(self, kind: str, state: str) -> str:
        """Return what people call a state."""
        return str(self._labels[kind, state])


class Narrator:
    """Follows the log and tells it; cases of the plot in full, the others in figures."""

    def __init__(
        self, log: Client, names: Names, words: Words, say: Callable[[str], None] = print
    ) -> None:
        self._log = log
        self._names = names
        self._words = words
        self._say = say
        self._position = 0
        self._cases: dict[str, Mapping[str, Any]] = {}
        self._plot: set[str] = set()
        # Notices of one moment by what they say, with the channels each went out by.
        self._told: dict[str, list[str]] = {}
        self.totals: Counter[str] = Counter()

    def follow(self, persons: Iterable[str]) -> None:
        """Tell the cases of *persons* in full from now on."""
        self._plot |= set(persons)

    def day(self, at: datetime, what: str = "") -> None:
        """Begin a new moment of the story."""
        local = at.astimezone(ZONE)
        self._say(f"\n── {local:%Y-%m-%d} 周{_WEEK[local.weekday()]} {local:%H:%M}  {what}")

    def catch_up(self) -> None:
        """Tell everything that came into the log since the last time."""
        others: Counter[str] = Counter()
        while True:
            page = self._log.get("/v1/log", after=self._position, limit=200).body
            for entry in page["entries"]:
                self._tell(entry["event"], others)
            if not page["entries"]:
                break
            self._position = page["next"]
        for told, channels in self._told.items():
            self._say(f"   {told}（{'、'.join(channels)}）")
        self._told.clear()
        if others:
            told = "，".join(f"{what} {n} 件" for what, n in others.items())
            self._say(f"   其余各案：{told}")

    def quietly_catch_up(self, at: datetime) -> None:
        """Tell what happened by itself up to *at*, under the day; nothing if nothing did."""
        lines: list[str] = []
        say, self._say = self._say, lines.append
        try:
            self.catch_up()
        finally:
            self._say = say
        if lines:
            self.day(at)
            for line in lines:
                say(line)

    def _tell(self, event: Mapping[str, Any], others: Counter[str]) -> None:
        fact, data = event["type"].split(".")[1], event["data"]
        self.totals[fact] += 1
        case = event["subject"].split("/")[1]
        if fact == "case_opened":
            self._cases[case] = data
            if data.get("of"):  # what grows out of a case is told as that case is
                self._say(f"   {self._called(data)}：立案{_due(data)}")
            return
        if case not in self._cases:
            return
        if fact == "notice_recorded":
            self.totals[f"notice_{data['outcome']}"] += 1
        teller = getattr(self, f"_{fact}", None)
        about = self._cases[case]
        if teller is None or not self._is_plot(about):
            others[self._in_short(fact, data, about)] += 1
            return
        told = f"{self._called(about)}{teller(event, data, about)}"
        if fact == "notice_recorded":
            how = f"{_CHANNELS[data['channel']]}{_OUTCOMES[data['outcome']]}"
            self._told.setdefault(told, []).append(how)
        else:
            self._say(f"   {told}")

    def _is_plot(self, about: Mapping[str, Any]) -> bool:
        """Tell whether a case is told in full: one about nobody is, others if their person is."""
        return about.get("subject") is None or about["subject"] in self._plot

    def _called(self, about: Mapping[str, Any]) -> str:
        whom = self._names.people.get(about.get("subject") or "", about["number"])
        kind = "" if "subject" in about else f"{about['label']} "
        return f"【{kind}{self._names.unit(about['unit'])} {whom}】"

    def _state_changed(
        self, event: Mapping[str, Any], data: Mapping[str, Any], about: Mapping[str, Any]
    ) -> str:
        kind, who = about["kind"], self._names.person(event.get("actor"))
        ways = " → ".join(self._words.state(kind, data[end]) for end in ("from", "to"))
        told = f"{who}：{ways}"
        for one in data.get("documents", ()):
            if "characters" in one:
                told += f"（第 {one['version']} 稿，{one['characters']} 字）"
        if data.get("verdict", {}).get("result") == "back":
            told += "（退回）"
        for graded in data.get("grades", {}).values():
            told += f"（综合 {graded['figure']} 分）"
        return told + _due(data)

    def _suspended(
        self, event: Mapping[str, Any], _data: Mapping[str, Any], _about: Mapping[str, Any]
    ) -> str:
        return f"{self._names.person(event.get('actor'))}：中止，停止计时"

    def _resumed(
        self, event: Mapping[str, Any], data: Mapping[str, Any], _about: Mapping[str, Any]
    ) -> str:
        days = data["suspended_working_days"]
        return f"{self._names.person(event.get('actor'))}：恢复，扣除 {days} 个工作日{_due(data)}"

    def _deadline_changed(
        self, event: Mapping[str, Any], data: Mapping[str, Any], _about: Mapping[str, Any]
    ) -> str:
        who = (
            f"{self._names.person(event['actor'])}："
            if "actor" in event
            else "因所依据的日期变动，"
        )
        return f"{who}调整期限{_due(data)}"

    def _subject_replaced(
        self, event: Mapping[str, Any], data: Mapping[str, Any], _about: Mapping[str, Any]
    ) -> str:
        who = self._names.person(event.get("actor"))
        return f"{who}：更换为 {self._names.person(data['subject'])}"

    def _planned_day_set(
        self, event: Mapping[str, Any], data: Mapping[str, Any], _about: Mapping[str, Any]
    ) -> str:
        days = "、".join(data["sets"]["planned"].values())
        return f"{self._names.person(event.get('actor'))}：会期改为 {days}"

    def _corrected(
        self, event: Mapping[str, Any], data: Mapping[str, Any], _about: Mapping[str, Any]
    ) -> str:
        figures = "、".join(str(one["figure"]) for one in data.get("grades", {}).values())
        return f"{self._names.person(event.get('actor'))}：更正得分，综合 {figures} 分"

    def _trigger_refused(
        self, event: Mapping[str, Any], data: Mapping[str, Any], _about: Mapping[str, Any]
    ) -> str:
        codes = "、".join(blocker["code"] for blocker in data["blockers"])
        who = self._names.person(event.get("actor"))
        return f"✗ 拒绝 {who} 的 {data['trigger']}（{data['status']}：{codes}），已留痕"

    def _note_added(
        self, event: Mapping[str, Any], data: Mapping[str, Any], _about: Mapping[str, Any]
    ) -> str:
        kind = {"note": "备注", "urge": "人工催办"}[data["kind"]]
        return f"{self._names.person(event.get('actor'))}：{kind}"

    def _notice_recorded(
        self, _event: Mapping[str, Any], data: Mapping[str, Any], _about: Mapping[str, Any]
    ) -> str:
        to = data.get("recipient", {})
        who = f"{self._names.unit(to.get('unit'))}{default().role_label(to.get('role', ''))}"
        rung, person = _rung(data), self._names.person(to.get("person"))
        told = f"✉ {rung} → {who} {person}"
        if not to:
            told = f"✗ {rung}：{NOTICE_REASONS.get(data['reason'], data['reason'])}"
        passed_over = dict.fromkeys(self._passed_over(one) for one in data.get("skipped", ()))
        return "；".join((told, *passed_over))

    def _in_short(self, fact: str, data: Mapping[str, Any], about: Mapping[str, Any]) -> str:
        if fact == "state_changed":
            return f"{about['label']}进入{self._words.state(about['kind'], data['to'])}"
        if fact == "notice_recorded":
            return f"{_rung(data)}{_OUTCOMES[data['outcome']]}"
        return _FACTS.get(fact, fact)

    def _passed_over(self, skipped: Mapping[str, Any]) -> str:
        desk = f"{self._names.unit(skipped['unit'])}{default().role_label(skipped['role'])}"
        who = self._names.people.get(skipped.get("person") or "", "")
        return f"越过{desk}{who}（{_SKIPPED.get(skipped['reason'], skipped['reason'])}）"


def refused(problem: Mapping[str, Any]) -> str:
    """Return what a problem says, sentence by sentence."""
    reasons = [error.get("reason", "") for error in problem.get("errors", [])]
    accepted = [error.get("accepted") for error in problem.get("errors", [])]
    parts = [
        reason + (f"（{may}）" if may else "")
        for reason, may in zip(reasons, accepted, strict=True)
    ]
    return f"{problem.get('status')} {problem.get('code')}：" + "；".join(
        parts or [problem.get("detail") or problem.get("title", "")]
    )


def _due(data: Mapping[str, Any]) -> str:
    days = {
        one["due_at"]
        for one in (*data.get("holders", ()), *data.get("dues", ()))
        if "due_at" in one
    }
    if not days:
        return ""
    # The midnight that ends the due day: shown as the day itself.
    due = datetime.fromisoformat(min(days)).astimezone(ZONE) - timedelta(seconds=1)
    return f"，应于 {due:%m-%d} 前"


def as_json(value: Any) -> str:
    """Return *value* as indented JSON, for showing."""
    return json.dumps(value, ensure_ascii=False, indent=2)
