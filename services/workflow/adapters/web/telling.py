"""Events in words: one line of a case's time line each, past and to come.

Names stand where ids are, texts where commitments are; what was erased says so. Notices of one
rung went to several people over several channels at once: they are one line.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any, Literal

from schemas.calendar import local_day
from schemas.instants import parse_instant
from services.workflow.adapters.web import words
from services.workflow.adapters.web.languages import N_, Words, _, language
from services.workflow.adapters.web.members import acted
from services.workflow.adapters.web.voice import Voice, text
from services.workflow.application.boards import ZONE, Look
from services.workflow.application.boards.case import CaseBoard
from services.workflow.application.boards.history import Entry, Missed, Unreadable
from services.workflow.application.boards.spoken import Spoken
from services.workflow.domain.reasons import sentence
from services.workflow.domain.refusals import Blocker

LETTER = N_("通知内容")
UNREADABLE = N_("此条记录无法读取")
WITHHELD = N_("此条记录的内容不对您公开")
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
    filed: tuple[tuple[str, int], ...] = ()  # versions of documents that can be compared
    recorded: str = ""  # where it lies in the log, and by which client
    sort: str = ""
    kind: str = ""  # of a notice; "": it is none
    to: tuple[str, ...] = ()  # whom a notice went to
    unsent: bool = False  # a notice that went to nobody
    policy: str = ""  # under which text it was decided, by hash
    folded: tuple["Line", ...] = ()  # notices in a row, of which this is the one line


def past_told(board: CaseBoard, look: Look) -> Iterator[Line]:
    """Yield what happened to a case, in order of time."""
    voice = Voice(
        here=board.here,
        look=look,
        names=board.names,
        numbers=board.numbers,
        seats=board.seats,
    )
    return past(voice, board.past)


def ahead(board: CaseBoard, look: Look) -> list[Line]:
    """Return what will happen to a case unless somebody acts, in order of time."""
    return sorted(_future(board, look), key=lambda line: line.sort)


def past(voice: Voice, entries: Sequence[Entry | Unreadable | Missed]) -> Iterator[Line]:
    """Yield what happened, in order; notices of one rung as one line."""
    teller = _Teller(voice)
    for is_notice, group in groupby(entries, _notice_key):
        of_one = list(group)
        if is_notice:
            notices = [entry for entry in of_one if isinstance(entry, Entry)]
            yield teller.then(notices[0]).notices(notices)
        else:
            yield from map(teller.one, of_one)


def _notice_key(entry: Entry | Unreadable | Missed) -> tuple[Any, ...]:
    """Return what notices of one line have in common; () for everything else."""
    if not isinstance(entry, Entry) or entry.event.fact != "notice_recorded":
        return ()
    data = entry.event.data
    return (data["version"], data.get("desk"), data["rung"], data["kind"], data["planned_at"])


@dataclass(frozen=True)
class _Teller:
    voice: Voice

    def one(self, entry: Entry | Unreadable | Missed) -> Line:
        if isinstance(entry, Missed):
            return self.missed(entry)
        if not isinstance(entry, Entry):
            return self.unreadable(entry)
        return self.then(entry).event(entry)

    def then(self, entry: Entry) -> "_Teller":
        """Return who tells of *entry* with what units and people were then."""
        then = (local_day(entry.effective_at, ZONE), entry.event.organisationversion)
        return _Teller(replace(self.voice, then=then))

    def unreadable(self, entry: Unreadable) -> Line:
        when = words.clock(entry.at) if entry.at else "—"
        text = _(WITHHELD if entry.withheld else UNREADABLE)
        return Line(when=when, mark="?", text=text, recorded=_place(entry.position))

    def event(self, entry: Entry) -> Line:
        match entry.event.fact:
            case "trigger_refused":
                return self._refused(entry)
            case "note_added":
                return self._remark(entry)
            case "notice_read" | "notice_acknowledged" | "notice_snoozed":
                return self._answered(entry)
            case _:
                return self._acted(entry)

    def missed(self, missed: Missed) -> Line:
        return Line(
            when=words.clock(missed.at),
            mark="!",
            tone="late",
            text=_("%(label)s到期未办", label=missed.label),
        )

    def notices(self, entries: Sequence[Entry]) -> Line:
        data = entries[-1].event.data
        kind = words.KINDS[data["kind"]]
        sent: dict[tuple[str, str], list[str]] = {}
        for entry in entries:
            one = entry.event.data
            if one.get("recipient"):
                who = self.voice.desk(one["recipient"])
                way = words.CHANNELS.get(one["channel"], one["channel"])
                sent.setdefault((who, one["outcome"]), []).append(way)
        told_to = _("；").join(
            _(
                "%(who)s（%(channels)s，%(outcome)s）",
                who=who,
                channels=_("、").join(dict.fromkeys(channels)),
                outcome=words.OUTCOMES[outcome],
            )
            for (who, outcome), channels in sent.items()
        )
        bad = any(entry.event.data["outcome"] in ("failed", "unknown") for entry in entries)
        unsent = all(entry.event.data["outcome"] == "not_sent" for entry in entries)
        here = self.voice.here
        why = [why_told(data["reason"], here), *_missed_day(data)]
        why += dict.fromkeys(
            _(
                "%(desk)s：%(reason)s，跳过",
                desk=self.voice.desk(one),
                reason=why_told(one["reason"], here),
            )
            for entry in entries
            for one in entry.event.data["skipped"]
        )
        tone: Tone = "late" if data["kind"] == "escalation" or bad else "soon"
        told = f"{kind}{_('未发送') if unsent else ''}{' → ' if told_to else ''}{told_to}"
        mark = "–" if unsent else _NOTICE_MARKS[data["kind"]]
        line = self._line(entries[0], told, mark, "" if unsent else tone)
        letters = dict.fromkeys(
            text(entry, entry.event.data["text"]) for entry in entries if "text" in entry.event.data
        )
        return replace(
            line,
            why=tuple(why),
            quotes=tuple((_(LETTER), letter) for letter in letters),
            kind=data["kind"],
            to=tuple(dict.fromkeys(who for who, _ in sent)),
            unsent=unsent,
            policy=data["policyhash"],
        )

    def _acted(self, entry: Entry) -> Line:
        said = list(acted(self.voice, entry))
        told = one_after_another(each.text for each in said if each.place == "text")
        mark, tone = self._mark(entry)
        label = self._label(entry)
        line = self._line(entry, one_after_another((label, told)), mark, tone)
        why = tuple(each.text for each in said if each.place == "why")
        quotes = tuple((each.label, each.text) for each in said if each.place == "quote")
        return replace(
            line,
            why=(*line.why, *why),
            quotes=(*quotes, *line.quotes),
            filed=tuple(self._filed(entry)),
        )

    def _label(self, entry: Entry) -> str:
        """Return who did what, in the scheme's words."""
        data = entry.event.data
        if entry.event.fact == "case_opened":
            return _("%(label)s开启", label=self.voice.here.kind.label)
        if entry.event.fact == "draw_sealed":
            return _("服务封存抽签声明")
        if "trigger" not in data:
            return _("随所据日期重新计算")
        return f"{self._who(entry)}{self.voice.here.trigger(data['trigger'])}"

    def _mark(self, entry: Entry) -> tuple[str, Tone]:
        data, fact = entry.event.data, entry.event.fact
        if data.get("final", "completed") != "completed":
            return "✕", "soon"
        if data.get("verdict", {}).get("result") == "back" or "submission" in data.get(
            "forgets", ()
        ):
            return "↩", "soon"
        if documents := list(self._filed(entry)):
            return str(documents[0][1]), ""
        return _MARKS.get(fact, ("·", ""))

    def _filed(self, entry: Entry) -> Iterator[tuple[str, int]]:
        """Yield the versions of documents in text parts, which can be compared."""
        for one in entry.event.data.get("documents", ()):
            known = self.voice.here.filed(one["name"])
            if known is not None and known.parts:
                yield one["name"], one["version"]

    def _remark(self, entry: Entry) -> Line:
        data = entry.event.data
        urged = data["kind"] == "urge"
        told = _(
            "%(entry)s%(urged)s：%(text)s",
            entry=self._who(entry),
            urged=_("催办") if urged else _("批注"),
            text=text(entry, data["text"]),
        )
        return self._line(entry, told, _("催") if urged else _("注"), "soon" if urged else "")

    def _answered(self, entry: Entry) -> Line:
        """Return what somebody said to a notice: it moves nothing but reminders."""
        data, who = entry.event.data, self._who(entry)
        if entry.event.fact == "notice_read":
            return self._line(entry, _("%(who)s已阅通知", who=who), _("阅"), "")
        until = words.day(date.fromisoformat(data["until"]))
        if entry.event.fact == "notice_acknowledged":
            told = _("%(who)s承诺于 %(until)s 前完成，此前不再提醒", who=who, until=until)
            return self._line(entry, told, _("诺"), "")
        told = _("%(who)s请求推后提醒至 %(until)s", who=who, until=until)
        return self._line(entry, told, _("缓"), "soon")

    def _refused(self, entry: Entry) -> Line:
        data = entry.event.data
        label = self.voice.here.trigger(data["trigger"])
        reasons = [_reason(one) for one in data["blockers"]]
        line = self._line(
            entry, _("被拒：%(entry)s试图“%(label)s”", entry=self._who(entry), label=label), "×", ""
        )
        return replace(line, why=tuple(reasons))

    def _line(self, entry: Entry, told: str, mark: str, tone: Tone) -> Line:
        data = entry.event.data
        quotes = [
            (label, text(entry, data[name]))
            for name, label in (("reason", _("理由")), ("reference", _("文号")))
            if isinstance(data.get(name), Mapping)  # a notice's reason is a code, not a text
        ]
        why = []
        if (entry.event.time - entry.effective_at).total_seconds() > 24 * 3600:
            why.append(_("%(time)s 补录", time=words.clock(entry.event.time)))
        return Line(
            when=words.clock(entry.effective_at),
            mark=mark,
            tone=tone,
            text=told,
            why=tuple(why),
            quotes=tuple(quotes),
            recorded=f"{_place(entry.position)} · {words.written_by(entry.event)}",
        )

    def _who(self, entry: Entry) -> str:
        event = entry.event
        told = [self.voice.person(event.actor) or words.written_by(event)]
        if event.deputyfor:
            told.append(self.voice.names.stood_for(event.deputyfor, self.voice.then))
        return f"{' '.join(told)} "


def _future(board: CaseBoard, look: Look) -> Iterator[Line]:
    """Yield what will happen unless somebody acts."""
    row, case = board.row, board.case
    if case.suspended:
        yield _ahead(look.now, "❚❚", _("计时已停：不催办，重新计时后继续"), when=_("计时停"))
    if row.next is not None:
        to = look.unit_name(row.next.unit)
        name = board.names(row.next.person)
        who = " ".join(part for part in (to, look.role(row.next.role), name) if part)
        told = _(
            "若仍未办：%(kind)s → %(who)s",
            kind=words.KINDS.get(row.next.kind, row.next.kind),
            who=who,
        )
        yield _ahead(row.next.at, "↑" if row.next.kind == "escalation" else _("铃"), told)
    for desk in row.desks if not case.suspended else ():
        if desk.due.at is not None and desk.due.at > look.now:
            whose = (
                _("（%(unit_name)s%(role)s）", unit_name=desk.unit_name, role=look.role(desk.role))
                if len(row.desks) > 1
                else ""
            )
            yield _ahead(
                desk.due.at, "!", _("%(label)s到期%(whose)s", label=row.label, whose=whose)
            )
    for state, day in case.planned.items():
        if day >= look.day:
            yield Line(
                when=words.day(day),
                mark="◷",
                tone="future",
                text=_("预定于此日转入“%(state)s”", state=board.here.state(state)),
                sort=day.isoformat(),
            )
    for rest in board.rests:
        yield Line(
            when=f"{words.day(rest.first)}—{words.day(rest.last)}",
            mark=_("休"),
            tone="future",
            text=_("放假，不计时、不发送"),
            sort=rest.first.isoformat(),
        )


def _ahead(at: datetime, mark: str, text: str, when: str = "") -> Line:
    return Line(
        when=when or words.clock(at),
        mark=mark,
        tone="future",
        text=text,
        sort=words.long_day(at),
    )


def _place(position: int | None) -> str:
    return _("第 %(position)s 号", position=f"{position:,}") if position else _("待编号")


def why_told(reason: str, here: Spoken) -> str:
    """Return why a notice went as it did, in the words of the case's scheme."""
    told = words.NOTICE_REASONS.get(reason, reason)
    return told.replace("{subject}", here.word("subject", _(words.SUBJECT)))


# Why a notice was not sent when it was due, though later another was, or it was itself.
_STOOD_BY = frozenset({"superseded", "too_late", "promised", "snoozed"})


def _missed_day(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield when a notice was due that a later one stood for, that came late, or that waited."""
    planned, decided = (parse_instant(data[one]) for one in ("planned_at", "decided_at"))
    unsent = data["outcome"] == "not_sent" and data["reason"] in _STOOD_BY
    if unsent and local_day(planned, ZONE) < local_day(decided, ZONE):
        yield _("本应于 %(day)s 发出", day=words.long_day(planned))


def _reason(told: Mapping[str, Any]) -> str:
    params = told.get("params", {})
    blocker = Blocker(code=told["code"], field=told.get("field", ""), params=params)
    return sentence(blocker, language())[0]


_NOTICE_MARKS = Words(
    {"reminder": N_("铃"), "escalation": "↑", "urge": N_("催"), "bulletin": N_("报")}
)
_MARKS: Mapping[str, tuple[str, Tone]] = {
    "case_opened": ("✓", "ok"),
    "state_changed": ("✓", "ok"),
    "desk_signed": (N_("签"), "ok"),
    "corrected": (N_("改"), "soon"),
    "subject_replaced": (N_("换"), "soon"),
    "suspended": ("❚❚", ""),
    "resumed": ("▶", ""),
    "deadline_changed": ("◷", ""),
    "planned_day_set": ("◷", ""),
}


def one_after_another(parts: Iterable[str]) -> str:
    """Return *parts* as one line; what ends with a full stop has its mark already."""
    line = ""
    for part in filter(None, parts):
        mark = "" if line.endswith("。") else _("；")
        line = f"{line}{mark}{part}" if line else part
    return line
