"""Draws on pages: the forms of their steps, what a history says of them, and all that is hashed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from flask import Blueprint

from schemas.draw_number import read_format, spoken
from schemas.instants import parse_instant
from schemas.said import told
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.fields import Asking, Field, Group
from services.workflow.adapters.web.languages import CHINESE, N_, Words, _, language, speaking
from services.workflow.adapters.web.rendering import page
from services.workflow.adapters.web.sheets import saved
from services.workflow.adapters.web.voice import Said, Told, Voice
from services.workflow.adapters.web.words import long_clock
from services.workflow.application.boards.history import Entry
from services.workflow.application.saving import File
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.pool import ALWAYS
from services.workflow.domain.language.model.scores import Draw
from services.workflow.domain.language.model.triggers import Take

LEFT_OUT = 3  # units that a form has room for

# --- Forms ---


def draw_group(take: Take, asking: Asking) -> Iterator[Group]:
    """Yield the fields of a step of a draw."""
    rule = asking.here.scheme.draws[take.name]
    step, at = getattr(take, "step", ""), f"draw.{take.name}"
    drawing = asking.case.drawing
    hint = _HINTS.get(step, "")
    if step == "enter" and drawing is not None:
        form = _("写法：%(form)s", form=number_form(drawing.terms["format"]))
        hint = f"{hint}{form}"
    yield Group(label="", fields=tuple(_FORMS[step](rule, at, asking)), hint=hint)


def number_form(stated: str) -> str:
    """Return how a number of the format that was *stated* is written, with an example."""
    return told(spoken(read_format(stated)), language())


def differ() -> str:
    """Return what is said where two have entered a number and nothing was drawn."""
    return _(
        "已有两人登记号码，但没有抽定：两人所录不同，或者一人是另一人的代理人。"
        "请对照开奖公告，由两人各自再登记一次。"
    )


def _units(asking: Asking) -> tuple[tuple[str, str], ...]:
    """Return the units that may be left out, each by name and id."""
    name = asking.look.unit_name
    return tuple((one, _("%(name)s（%(id)s）", name=name(one), id=one)) for one in asking.drawable)


def _unit(name: str, label: str, asking: Asking, *, required: bool) -> Field:
    options = _units(asking)
    kind: Any = "choice" if options else "line"
    most = 0 if options else 64
    return Field(name=name, label=label, kind=kind, options=options, most=most, required=required)


def _freeze(rule: Draw, at: str, asking: Asking) -> Iterator[Field]:
    sources = tuple((one.name, one.label) for one in rule.numbers)
    yield Field(name=f"{at}.number", label=_("公开号码的来源"), kind="choice", options=sources)
    yield Field(name=f"{at}.issue", label=_("期号"), kind="line", most=64)
    yield Field(name=f"{at}.drawn_at", label=_("开奖时间"), kind="instant")
    for n in range(LEFT_OUT if rule.leave_out else 0):
        row = f"{at}.left_out.{n}"
        yield _unit(f"{row}.unit", _("不参加抽签的组织"), asking, required=False)
        yield _reason(rule, row, required=False)


def _reason(rule: Draw, at: str, *, required: bool) -> Field:
    options = tuple((one.name, one.label) for one in rule.reasons)
    kind: Any = "choice" if options else "line"
    return Field(
        name=f"{at}.reason", label=_("原因"), kind=kind, options=options, required=required
    )


def _attest(_rule: Draw, at: str, _asking: Asking) -> Iterator[Field]:
    yield Field(name=f"{at}.checkpoint", label=_("打印件上的散列值"), kind="line", most=64)


def _enter(_rule: Draw, at: str, _asking: Asking) -> Iterator[Field]:
    yield Field(name=f"{at}.number", label=_("公开号码"), kind="line", most=200)


def _exempt(rule: Draw, at: str, asking: Asking) -> Iterator[Field]:
    yield _unit(f"{at}.unit", _("免抽的组织"), asking, required=True)
    yield _reason(rule, at, required=True)


_FORMS = {"freeze": _freeze, "attest": _attest, "enter": _enter, "exempt": _exempt}
_HINTS = Words(
    {
        "attest": N_("先打印检查点，两人在纸上签字，再各自用本人账号登记。"),
        "enter": N_("两人各自登记，互不可见；按约定格式，逐字不差。"),
    }
)

# --- History ---


def told_draw(voice: Voice, told: Told, _entry: Entry) -> Iterator[Said]:
    """Yield what a step of a draw did."""
    if "terms" in told:
        terms = told["terms"]
        text = _(
            "%(eligible)s 个组织抽 %(take)s 个；%(source)s %(issue)s",
            eligible=terms["eligible"],
            take=terms["take"],
            source=voice.look.in_words(voice.here.scheme.id, terms["source"]),
            issue=terms["issue"],
        )
        yield Said("text", _("%(text)s，%(drawn_at)s 开奖", text=text, drawn_at=_drawn_at(terms)))
    if "sealed" in told:
        yield Said("text", _("封存于日志第 %(size)s 条", size=f"{told['sealed']['size']:,}"))
    if "attested" in told:
        yield Said(
            "text", _("检查点 %(checkpoint)s…", checkpoint=told["attested"]["checkpoint"][:16])
        )
    if "drawn" in told:
        yield Said("text", _("公开号码 %(number)s", number=told["drawn"]["number"]))
    if "exemption" in told:
        exemption = told["exemption"]
        yield Said("text", voice.unit(exemption["unit"]))
        if "promoted" in exemption:
            yield Said("why", _("由 %(promoted)s 递补", promoted=voice.unit(exemption["promoted"])))


def _drawn_at(terms: Mapping[str, Any]) -> str:
    return long_clock(datetime.fromisoformat(terms["drawn_at"]))


# --- The page of a draw ---

JSON = "application/json"


def _later(case: Case, others: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield which of the *others* came after this one: each says which it follows."""
    after = {case.stream}
    for one in others:  # the first one first
        if one["follows"] in after:
            after.add(one["case"])
            yield one["case"]


def _why(browsers: Browsers, case: Case) -> Callable[[str], str]:
    """Return what says in words why a unit has no ticket."""
    look = browsers.look()
    draws = [draw for one in look.looked_at(case.cycle) for draw in one.scheme.draws.values()]
    known = {one.name: one.label for draw in draws for one in draw.reasons}

    def why(code: str) -> str:
        if code == ALWAYS:
            return _("方案规定必定抽中，不用抽签")
        return look.word(known.get(code, code), case.cycle)

    return why


def add_drawing(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page with every byte that is hashed, and the file to check elsewhere."""

    @pages.get("/cases/<uuid:case_id>/draw")
    @browsers.asks("case.read")
    def draw(case_id: UUID) -> Answer:
        case, told, is_whole = browsers.uses.drawn.view(browsers.actor(), str(case_id))
        signed = [(one["person"], parse_instant(one["at"])) for one in told["attested"]]
        people = [*told["entered_by"], *(person for person, _at in signed)]
        names = browsers.uses.boards.names(browsers.look(), people)
        note, terms = told["checkpoint"], told["terms"]
        return page(
            browsers,
            "draw.html",
            case=case,
            names=names,
            draw=told,
            is_whole=is_whole,
            drawn_at=_drawn_at(terms) if terms else "",
            form=number_form(terms["format"]) if terms else "",
            later=set(_later(case, told["others"])),
            why=_why(browsers, case),
            entered_by=_("、").join(names(one) for one in told["entered_by"]),
            signed=signed,
            printed="" if note is None else sha256(note.encode()).hexdigest(),
        )

    @pages.get("/cases/<uuid:case_id>/draw.json")
    @browsers.asks("case.read")
    def draw_file(case_id: UUID) -> Answer:
        case, told = browsers.uses.drawn.file(browsers.actor(), str(case_id))
        with speaking(CHINESE):
            called = (case.number, _("抽签文本"))
        content = orjson.dumps(told)
        return saved(File(content=content, plain="draw.json", called=called, media=JSON))
