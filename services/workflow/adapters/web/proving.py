"""Proof of notice as files of the office: a workbook, and a paper in the layout of official ones.

The one idea: both say the same lines, those of the log; the paper leaves long digests to a table of
their own, each found again by the number of its line. They are papers of the office, and so in
Chinese, whatever language the pages of their reader are in.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

from flask import Blueprint, request

from schemas.calendar import local_day
from schemas.complaints import Fault
from schemas.said import both
from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web import words
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.languages import _, speaking
from services.workflow.adapters.web.sheets import saved
from services.workflow.adapters.web.telling import why_told
from services.workflow.application.boards import ZONE, Look
from services.workflow.application.boards.proof import MOST_PROVED, Proof, Proved, Span
from services.workflow.application.letters import signed_by
from services.workflow.application.papers import MEDIA, Paper, Section
from services.workflow.application.saving import File
from services.workflow.application.workbooks import MEDIA as WORKBOOK
from services.workflow.application.workbooks import Table, Value
from services.workflow.domain.refusals import Malformed

LAST_DAY = date(2100, 12, 31)  # that an address may name


def add_proving(pages: Blueprint, browsers: Browsers) -> None:
    """Add the notices of a case as files that prove them."""

    def proof(
        case_id: UUID, ending: str, media: str, made: Callable[[Proof, Look], bytes]
    ) -> Answer:
        exports = browsers.uses.exports
        with speaking("zh"):
            look = browsers.look()
            span = _span()
            found = browsers.uses.boards.proof(look, str(case_id), span)
            _require_known(span, found, look)
            content, title = made(found, look), _("通知送达情况")
        content = exports.handed_out(look, f"notices/{case_id}.{ending}", content)
        number = found.case.number
        plain = f"{number}-notices.{ending}"
        return saved(File(content=content, plain=plain, called=(number, title), media=media))

    def workbook(found: Proof, look: Look) -> bytes:
        return browsers.uses.exports.office.write(_tables(found, look))

    def paper(found: Proof, look: Look) -> bytes:
        return browsers.uses.layout.set_paper(_paper(found, look))

    @pages.get("/cases/<uuid:case_id>/notices.xlsx")
    @browsers.asks("case.events.read")
    def proof_workbook(case_id: UUID) -> Answer:
        return proof(case_id, "xlsx", WORKBOOK, workbook)

    @pages.get("/cases/<uuid:case_id>/notices.docx")
    @browsers.asks("case.events.read")
    def proof_paper(case_id: UUID) -> Answer:
        return proof(case_id, "docx", MEDIA, paper)


def _span() -> Span:
    """Return which notices an address asks for.

    Raises:
        Malformed: a person or a day that is none, one of them twice, or no day is in between.
    """
    days = {name: urls.one(request.args, name) for name in ("from", "until")}
    since, until = (urls.day(text, name) if text else None for name, text in days.items())
    if since and until and until < since:
        zh, en = both("a day is expected, from {first} to {last}", first=since, last=LAST_DAY)
        raise Malformed(Fault(field="until", code="out_of_range", accepted_zh=zh, accepted_en=en))
    return Span(person=urls.identifier(request.args, "person"), since=since, until=until)


def _require_known(span: Span, found: Proof, look: Look) -> None:
    """Refuse a person whom nobody knows: an empty file would prove that they were told nothing.

    Raises:
        Malformed: the organisation has no such person, and no line names one.
    """
    if span.person and not found.lines and not look.organisation.has_person(span.person):
        raise Malformed(Fault(field="person", code="not_found"))


# --- The workbook ---


def _tables(found: Proof, look: Look) -> Iterator[Table]:
    lines = [_line(nth, one, found, look) for nth, one in enumerate(found.lines, 1)]
    yield Table(
        name=_("通知送达情况"),
        headings=[
            *(
                _("行"),
                _("拟发时间"),
                _("收件人"),
                _("单位与职务"),
                _("种类"),
                _("级次"),
                _("渠道"),
            ),
            *(_("发送次数"), _("结果"), _("结果时间"), _("原因"), _("代替的行"), _("阅读时间")),
            *(_("跳过的人"), _("日志位置"), _("所据规则（哈希）"), _("用语摘要（哈希）")),
        ],
        lines=[*lines, *([one] for one in _remarks(found))],
    )


def _line(nth: int, one: Proved, found: Proof, look: Look) -> Sequence[Value]:
    data = one.data
    return (
        nth,
        _local(one.planned_at),
        _whom(one, found),
        _post(one, look),
        words.KINDS.get(data["kind"], data["kind"]),
        data["rung"],
        words.CHANNELS.get(data["channel"], data["channel"]),
        data.get("attempts"),
        words.OUTCOMES.get(data["outcome"], data["outcome"]),
        _local(one.settled_at),
        _("；").join(_why(one, found)),
        found.line_of(one.instead_of) or one.instead_of or None,
        _read(one),
        _("；").join(_skipped(one, found, look)),
        one.position,
        data["policyhash"],
        one.words,
    )


def _local(at: datetime) -> datetime:
    return at.astimezone(ZONE).replace(tzinfo=None)


def _read(one: Proved) -> datetime | str | None:
    if one.is_read_unrecorded:
        return _("不记")
    return None if one.read_at is None else _local(one.read_at)


def _whom(one: Proved, found: Proof) -> str:
    person = one.data.get("recipient", {}).get("person")
    return found.names(person) or person if person else _("无人")


def _post(one: Proved, look: Look) -> str:
    to = one.data.get("recipient", {})
    return f"{look.unit_name(to.get('unit'))}{look.role(to.get('role'))}" if to.get("unit") else ""


def _instead(one: Proved, found: Proof) -> Iterator[str]:
    """Yield for which line this one stands in, where it does."""
    if one.instead_of:
        line = found.line_of(one.instead_of) or one.instead_of
        yield _("代第 %(line)s 行的渠道", line=line)


def _why(one: Proved, found: Proof) -> Iterator[str]:
    """Yield why it was told, or not, and why by this channel where somebody chose theirs."""
    yield why_told(one.data["reason"], found.here)
    if chose := one.data.get("why_channel"):
        yield words.WHY_CHANNEL[chose]
    yield from _asked(one)


def _asked(one: Proved) -> Iterator[str]:
    """Yield that it was to be acknowledged, and whether it was answered."""
    if one.asks and one.answered_at:
        yield _("请其确认，%(at)s 已答复", at=f"{_local(one.answered_at):%Y-%m-%d %H:%M}")
    elif one.asks:
        yield _("请其确认，未见答复")


def _skipped(one: Proved, found: Proof, look: Look) -> Iterator[str]:
    for who in one.data["skipped"]:
        where = f"{look.unit_name(who.get('unit'))}{look.role(who.get('role'))}"
        yield _("%(desk)s：%(reason)s", desk=where, reason=why_told(who["reason"], found.here))


def _remarks(found: Proof) -> Iterator[str]:
    """Yield what the file has to say of what does not stand in it."""
    if found.n_read_unrecorded:
        yield _("通报由谁阅读，日志不记：其中通报 %(n)s 条，不计入已阅", n=found.n_read_unrecorded)
    if found.n_withheld:
        yield _("另有 %(n)s 条记录的内容不对导出人公开或无法读取", n=found.n_withheld)
    if found.has_more:
        yield _("以上只核对了前 %(n)s 条记录，后面还有", n=MOST_PROVED)


# --- The paper ---


def _paper(found: Proof, look: Look) -> Paper:
    case, day = found.case, local_day(look.now, ZONE)
    return Paper(
        title=_("通知送达证明"),
        number=case.number,
        sections=[*_sections(found, look, day)],
        signed=signed_by(case, look),
        day=day,
    )


def _sections(found: Proof, look: Look, day: date) -> Iterator[Section]:
    case = found.case
    yield Section(
        paragraphs=[
            _(
                "案号 %(number)s，%(unit)s。截至 %(day)s，日志记有通知 %(n)s 条，"
                "其中已发出 %(sent)s 条，未发出或未成 %(failed)s 条，结果不明 %(unknown)s 条，"
                "收件人已阅 %(read)s 条。",
                number=case.number,
                unit=look.unit_name(case.unit),
                day=day.isoformat(),
                n=len(found.lines),
                sent=found.n_of("sent"),
                failed=found.n_of("not_sent", "failed"),
                unknown=found.n_of("unknown"),
                read=sum(one.read_at is not None for one in found.lines),
            ),
            *_remarks(found),
        ]
    )
    yield Section(
        heading=_("逐条情况"),
        columns=[
            _("行"),
            _("拟发时间"),
            _("收件人"),
            _("种类、渠道"),
            _("结果"),
            _("原因"),
            _("阅读时间"),
        ],
        rows=[_row(nth, one, found, look) for nth, one in enumerate(found.lines, 1)],
    )
    yield Section(heading=_("所据规则（内容的哈希）"), paragraphs=found.policies or [_("无")])
    yield Section(
        heading=_("与日志核对"),
        columns=[_("行"), _("日志位置"), _("用语摘要（哈希）")],
        rows=[
            (str(nth), str(one.position or _("待编号")), one.words or _("无"))
            for nth, one in enumerate(found.lines, 1)
        ],
    )


def _row(nth: int, one: Proved, found: Proof, look: Look) -> Sequence[str]:
    data, read = one.data, _read(one)
    kind = words.KINDS.get(data["kind"], data["kind"])
    channel = words.CHANNELS.get(data["channel"], data["channel"])
    outcome = words.OUTCOMES.get(data["outcome"], data["outcome"])
    return (
        str(nth),
        f"{_local(one.planned_at):%Y-%m-%d %H:%M}",
        _("，").join(part for part in (_whom(one, found), _post(one, look)) if part),
        _("%(kind)s，%(channel)s", kind=kind, channel=channel),
        f"{outcome} {_local(one.settled_at):%Y-%m-%d %H:%M}",
        _("；").join(
            (
                why_told(data["reason"], found.here),
                *_asked(one),
                *_instead(one, found),
                *_skipped(one, found, look),
            )
        ),
        f"{read:%Y-%m-%d %H:%M}" if isinstance(read, datetime) else read or "",
    )
