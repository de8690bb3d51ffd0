"""Events in words: one line of a case's time line each, past and to come.

Names stand where ids are, texts where commitments are; what was erased says so. Notices of one
rung went to several people over several channels at once: they are one line.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

from schemas.instants import parse_instant
from schemas.upcast import upcast
from services.workflow.adapters.web import words
from services.workflow.adapters.web.rendering import told
from services.workflow.application.boards import Look
from services.workflow.application.boards.case import CaseBoard
from services.workflow.application.boards.history import Entry, Missed, Unreadable
from services.workflow.domain.reasons import warning
from services.workflow.domain.refusals import Blocker

ERASED = "（内容已依规删除）"
UNREADABLE = "此条记录无法读取"
Tone = Literal["", "ok", "soon", "late", "future"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line: when, a mark, what, and in grey why."""

    when: str
    mark: str
    text: str
    tone: Tone = ""
    why: tuple[str, ...] = ()
    quotes: tuple[tuple[str, str], ...] = ()  # (what it is, the text)
    version: int | None = None  # of the report, where one was submitted
    recorded: str = ""  # where it lies in the log, and by which client
    sort: str = ""


def tell(board: CaseBoard, look: Look) -> Iterator[Line]:
    """Yield what happened, then what will, in order of time within each."""
    teller = _Teller(board, look)
    for is_notice, group in groupby(board.past, _notice_key):
        entries = list(group)
        if is_notice:
            yield teller.notices([entry for entry in entries if isinstance(entry, Entry)])
        else:
            yield from map(teller.one, entries)
    yield from sorted(teller.future(), key=lambda line: line.sort)


def _notice_key(entry: Entry | Unreadable | Missed) -> tuple[Any, ...]:
    """Return what notices of one line have in common; () for everything else."""
    if not isinstance(entry, Entry) or entry.event.fact != "notice_recorded":
        return ()
    data = upcast(entry.event).data
    return (data["version"], data.get("desk"), data["rung"], data["kind"], data["planned_at"])


@dataclass(frozen=True)
class _Teller:
    board: CaseBoard
    look: Look

    def one(self, entry: Entry | Unreadable | Missed) -> Line:
        if isinstance(entry, Missed):
            return self.missed(entry)
        return self.event(entry) if isinstance(entry, Entry) else self.unreadable(entry)

    def unreadable(self, entry: Unreadable) -> Line:
        when = words.clock(entry.at) if entry.at else "—"
        return Line(when=when, mark="?", text=UNREADABLE, recorded=_place(entry.position))

    def event(self, entry: Entry) -> Line:
        event, data = entry.event, entry.event.data
        match event.fact:
            case "review_opened":
                text, mark, tone = f"开启；{self._now_held(data)}", "✓", "ok"
            case "state_changed":
                return self._moved(entry)
            case "suspended":
                text, mark, tone = f"{self._who(entry)}中止，计时停止", "❚❚", ""
            case "resumed":
                passed = data["suspended_working_days"]
                text = f"{self._who(entry)}恢复，中止 {passed} 个工作日{_due(data)}"
                mark, tone = "▶", ""
            case "deadline_changed":
                before = words.due_day(_at(data.get("previous_due_at"))) or "无期限"
                text = (
                    f"{self._who(entry)}调整期限：{before} → {words.due_day(_at(data['due_at']))}"
                )
                mark, tone = "◷", ""
            case "trigger_refused":
                return self._refused(entry)
            case "note_added":
                urged = data["kind"] == "urge"
                text = (
                    f"{self._who(entry)}{'催办' if urged else '批注'}：{_text(entry, data['text'])}"
                )
                mark, tone = ("催", "soon") if urged else ("注", "")
            case _:
                text, mark, tone = event.fact, "·", ""
        return self._line(entry, text, mark, tone)  # type: ignore[arg-type]

    def missed(self, missed: Missed) -> Line:
        return Line(
            when=words.clock(missed.at), mark="!", tone="late", text=f"{missed.label}到期未办"
        )

    def notices(self, entries: Sequence[Entry]) -> Line:
        data = entries[-1].event.data
        kind = words.KINDS[data["kind"]]
        sent: dict[tuple[str, str], list[str]] = {}
        for entry in entries:
            one = entry.event.data
            if one.get("recipient"):
                who = self._desk(one["recipient"])
                way = words.CHANNELS.get(one["channel"], one["channel"])
                sent.setdefault((who, one["outcome"]), []).append(way)
        told_to = "；".join(
            f"{who}（{'、'.join(dict.fromkeys(channels))}，{words.OUTCOMES[outcome]}）"
            for (who, outcome), channels in sent.items()
        )
        bad = any(entry.event.data["outcome"] in ("failed", "unknown") for entry in entries)
        unsent = all(entry.event.data["outcome"] == "not_sent" for entry in entries)
        why = [words.NOTICE_REASONS.get(data["reason"], data["reason"])]
        why += dict.fromkeys(
            f"{self._desk(one)}：{words.SKIPPED_REASONS.get(one['reason'], one['reason'])}，跳过"
            for entry in entries
            for one in entry.event.data["skipped"]
        )
        tone: Tone = "late" if data["kind"] == "escalation" or bad else "soon"
        text = f"{kind}{'未发送' if unsent else ''}{' → ' if told_to else ''}{told_to}"
        mark = "–" if unsent else {"reminder": "铃", "escalation": "↑", "urge": "催"}[data["kind"]]
        line = self._line(entries[0], text, mark, "" if unsent else tone)
        letters = dict.fromkeys(
            _text(entry, entry.event.data["text"])
            for entry in entries
            if "text" in entry.event.data
        )
        return replace(line, why=tuple(why), quotes=tuple(("通知内容", text) for text in letters))

    def future(self) -> Iterator[Line]:
        """Yield what will happen unless somebody acts."""
        row, review = self.board.row, self.board.review
        if review.suspended_at:
            yield _ahead(self.look.now, "❚❚", "已中止：不计时，不催办，恢复后继续", when="中止中")
        if row.next is not None:
            to = self.look.unit_name(row.next.unit)
            name = self.board.names(row.next.person)
            who = " ".join(part for part in (to, self.look.role(row.next.role), name) if part)
            text = f"若仍未办：{words.KINDS.get(row.next.kind, row.next.kind)} → {who}"
            yield _ahead(row.next.at, "↑" if row.next.kind == "escalation" else "铃", text)
        if review.due_at is not None and review.due_at > self.look.now and not review.suspended_at:
            yield _ahead(review.due_at, "!", f"{row.label}到期")
        for rest in self.board.rests:
            when = f"{words.day(rest.first)}—{words.day(rest.last)}"
            yield Line(
                when=when,
                mark="休",
                tone="future",
                text="放假，不计时、不发送",
                sort=rest.first.isoformat(),
            )

    def _moved(self, entry: Entry) -> Line:
        data = entry.event.data
        transition = self._tier.transition(data["trigger"])
        label = transition.label if transition else data["trigger"]
        text, mark, tone = f"{self._who(entry)}{label}", "✓", "ok"
        why: list[str] = []
        version = None
        if "report" in data:
            report = data["report"]
            version, count = report["version"], report["characters"]
            total = count["total"] or 1
            shares = " / ".join(f"{round(100 * count[name] / total)}%" for name in words.LISTS)
            text = (
                f"{self._who(entry)}提交第 {version} 稿（{count['total']:,} 字，三张清单 {shares}）"
            )
            mark, tone = str(version), ""
            why += [warning(code, "zh") for code in report["warnings"]]
        elif data["to"] == self.board.review.initial:
            mark, tone = "↩", "soon"
        elif self._tier.state(data["to"]).ends == "abandoned":
            mark, tone = "✕", "soon"
        if "scores" in data:
            text += "：" + self._scores(data["scores"])
        text += "；" + self._now_held(data) if "holder" in data else ""
        quotes = [("意见", _text(entry, finding)) for finding in data.get("findings", ())]
        for decision in data.get("decisions", ()):
            body = self.look.unit_name(decision["body"])
            quotes.append((f"{body} {decision['date']}", _text(entry, decision["minutes"])))
        line = self._line(entry, text, mark, tone)  # type: ignore[arg-type]
        return replace(line, why=(*line.why, *why), quotes=(*quotes, *line.quotes), version=version)

    def _refused(self, entry: Entry) -> Line:
        data = entry.event.data
        transition = self._tier.transition(data["trigger"])
        label = transition.label if transition else data["trigger"]
        reasons = [
            told(
                Blocker(code=one["code"], field=one.get("field", ""), params=one.get("params", {}))
            )[0]
            for one in data["blockers"]
        ]
        line = self._line(entry, f"被拒：{self._who(entry)}试图“{label}”", "×", "")
        return replace(line, why=tuple(reasons))

    def _line(self, entry: Entry, text: str, mark: str, tone: Tone) -> Line:
        data = entry.event.data
        quotes = [
            (label, _text(entry, data[name]))
            for name, label in (("reason", "理由"), ("reference", "文号"))
            if isinstance(data.get(name), Mapping)  # a notice's reason is a code, not a text
        ]
        why = []
        if (entry.event.time - entry.effective_at).total_seconds() > 24 * 3600:
            why.append(f"{words.clock(entry.event.time)} 补录")
        return Line(
            when=words.clock(entry.effective_at),
            mark=mark,
            tone=tone,
            text=text,
            why=tuple(why),
            quotes=tuple(quotes),
            recorded=f"{_place(entry.position)} · {entry.event.client}",
        )

    def _who(self, entry: Entry) -> str:
        actor = self.board.names(entry.event.actor)
        return f"{actor} " if actor else f"{entry.event.client} "

    def _desk(self, desk: Mapping[str, Any]) -> str:
        name = self.board.names(desk.get("person"))
        place = f"{self.look.unit_name(desk['unit'])}{self.look.role(desk['role'])}"
        return f"{place} {name}".strip()

    def _now_held(self, data: Mapping[str, Any]) -> str:
        state = self._tier.state(data.get("to") or data["state"]).label
        return f"进入{state}{_due(data)}"

    def _scores(self, scores: Mapping[str, str]) -> str:
        scoring = self.board.rules.scheme.scoring
        labels = {one.name: one.label for one in scoring.components}
        grades = {one.name: one.label for one in scoring.grades}
        parts = [f"{labels[name]} {scores[name]}" for name in labels if name in scores]
        grade = grades.get(scores["grade"], scores["grade"])
        return "，".join((*parts, f"综合 {scores['final']}，等次“{grade}”"))

    @property
    def _tier(self) -> Any:
        return self.board.rules.scheme.tiers[self.board.review.tier]


def _ahead(at: datetime, mark: str, text: str, when: str = "") -> Line:
    return Line(
        when=when or words.clock(at),
        mark=mark,
        tone="future",
        text=text,
        sort=words.long_day(at),
    )


def _place(position: int | None) -> str:
    return f"第 {position:,} 号" if position else "待编号"


def _text(entry: Entry, commitment: Mapping[str, Any]) -> str:
    found = entry.texts.get(commitment["sha256"])
    return ERASED if found is None else found


def _at(text: str | None) -> datetime | None:
    return parse_instant(text) if text else None


def _due(data: Mapping[str, Any]) -> str:
    due = words.due_day(_at(data.get("due_at")))
    return f"，截止日 {due}" if due else ""
