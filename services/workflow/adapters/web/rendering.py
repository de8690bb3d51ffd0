"""Templates into answers: one environment, everything escaped, what is missing is an error."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Response, current_app, g, has_app_context, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web import languages, words
from services.workflow.adapters.web.browser import Browsers, page_address
from services.workflow.adapters.web.languages import CHINESE, ENGLISH, _, language
from services.workflow.adapters.web.left import read_left
from services.workflow.adapters.web.refilled import refilled
from services.workflow.adapters.web.repeated import Repeated
from services.workflow.adapters.web.script_words import script_words
from services.workflow.adapters.web.tongues import marked
from services.workflow.application.boards import Counts, Look, Names
from services.workflow.application.boards.gatherings import gathering_kinds
from services.workflow.application.boards.ledger import ledger_kinds
from services.workflow.application.boards.openable import kinds_to_open
from services.workflow.application.rulebook import Rules
from services.workflow.application.seeing import cycle_read
from services.workflow.application.workbooks import is_cell
from services.workflow.domain.authority import authorise
from services.workflow.domain.case.acting import BETWEEN_ROLES
from services.workflow.domain.case.head import Awaited
from services.workflow.domain.data.bulletin import publishing
from services.workflow.domain.language.model.days import Mark
from services.workflow.domain.reasons import sentence
from services.workflow.domain.refusals import Blocker

HERE = Path(__file__).parent
CHINESE_PAPER = '<html lang="zh-CN">'  # filed and printed, whoever asks for it
# Read once: a handful of small files, whatever address somebody makes up.
STATIC = {path.name: path.read_bytes() for path in (HERE / "static").iterdir()}
# What scripts say, in each language.
STATIC |= {f"words.{one}.js": script_words(list(STATIC.values()), one) for one in languages.NAMES}


# Under which names a refusal has one person; and the refusals that are about an id as such.
_PERSON = ("person", "closed_by", "opened_by")
_OF_IDS = ("person_known", "person_absent")


MOST_UNASKED = 5  # parts of an address that are named as unknown


def _stamp(name: str) -> str:
    """Return the address of a static file; it changes with its content, so it can be kept."""
    return f"/static/{name}?{sha256(STATIC[name]).hexdigest()[:8]}"


def mark_of(awaited: Awaited) -> Mark:
    """Return what a deadline waits for, as the scheme names moments."""
    return Mark(awaited.mark, awaited.link)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        languages.plain, languages.plain_many, newstyle=True
    )
    environment.filters |= {
        "day": words.day,
        "day_of_week": words.day_of_week,
        "long_day": words.long_day,
        "clock": words.clock,
        "long_clock": words.long_clock,
        "time_of_day": words.time_of_day,
        "weekday": words.weekday,
        "due_day": words.due_day,
        "days": words.days,
        "decimal": words.decimal,
        "thousands": words.thousands,
        "total": words.total,
    }
    static = {name: _stamp(name) for name in STATIC}
    environment.globals |= {"words": words, "mark_of": mark_of, "static": static}
    environment.globals |= {"_n": languages.counted, "languages": languages}
    return environment


TEMPLATES = _environment()


def page(browsers: Browsers, template: str, status: int = 200, /, **shown: Any) -> Response:
    """Return a page; somebody signed in sees it inside the shell with rooms and figures."""
    session = browsers.session()
    shell: dict[str, Any] = {"signed_in": session is not None, "path": request.path, "query": ""}
    shell |= {"home_room": "", "product": "", "room": "", "a_case": _(words.CASE)}
    shell["csrf"] = browsers.form_token()
    shell["kept_at"] = kept_at() if status == HTTPStatus.OK else ""
    shell["page_address"] = page_address()
    shell["repeated"] = Repeated()
    if session is not None:
        look = browsers.look()
        uses = browsers.uses
        counts = uses.boards.counts(look)
        shell |= {
            "look": look,
            "newest": look.rules(None),
            "product": product(look),
            "a_case": a_case(look),
            "rounds": round_names(look),
            "counts": counts,
            "rooms": tuple(_rooms(look, counts)),
            "me": uses.boards.me(look),
            "clock_text": words.long_clock(look.now),
            "unasked": urls.unasked()[:MOST_UNASKED] if request.method == "GET" else (),
        }
    answer = html(template, status, shell | shown)
    left = read_left(session.left) if session is not None else None
    is_asked = request.method == "GET" and status == HTTPStatus.OK
    if left is not None and is_asked and left.may_stand_on(request.path):
        answer.set_data(refilled(answer.get_data(as_text=True), left))
    return answer


def html(template: str, status: int, shown: Mapping[str, Any]) -> Response:
    """Return a page as it is sent; on one in another language what is Chinese says that it is."""
    body = TEMPLATES.get_template(template).render(shown)
    if language() != CHINESE and CHINESE_PAPER not in body[:200]:
        body = marked(body)
    return Response(body, status, content_type="text/html; charset=utf-8")


def kept_at() -> str:
    """Return where the workbook of the page is that is asked for; "" where it has none."""
    if request.method != "GET" or f"{request.endpoint}_kept" not in current_app.view_functions:
        return ""
    query = request.query_string.decode()
    return f"{request.path}.xlsx{f'?{query}' if query else ''}"


def product(look: Look) -> str:
    """Return what the newest round's scheme calls all this: by its word, else its first kind."""
    newest = look.rules(None)
    if newest is None:
        return ""
    scheme = newest.scheme
    first = next(iter(scheme.kinds.values()), None)
    return scheme.words.get("product", first.label if first else "")


def _rooms(look: Look, counts: Counts) -> Iterator[tuple[str, str, int]]:
    """Yield the rooms that open to the one who looks: address, name, what waits there."""
    for operation, address, label, count in (
        *_morning_room(look),
        ("page.audit", "/audit", _("审计"), 0),
        ("page.stuck", "/stuck", _("卡滞清单"), counts.over),
        ("page.cases", "/cases", _("全部%(look)s", look=a_case(look)), 0),
        *_gathering_rooms(look),
        *_ledger_rooms(look),
        *_bulletin_rooms(look),
        ("page.tasks", "/tasks", _("我的待办"), counts.tasks),
        *_opening_room(look),
        ("page.inbox", "/inbox", _("收件箱"), counts.unread),
        ("deputies.read", "/deputies", _("代理与请假"), 0),
        ("cycle.list", "/cycles", _("覆盖情况"), 0),
        ("text.read", "/texts", _("规则与日历"), 0),
        ("page.simulation", "/simulation", _("推演"), 0),
        ("staff.read", "/staff", _("人员与任职"), 0),
        ("accounts.read", "/accounts", _("账户"), 0),
        ("accounts.read", "/tokens", _("访问令牌"), 0),
        ("deeds.read", "/deeds", _("管理记录"), 0),
        ("page.watch", "/watch", _("通知自查"), 0),
    ):
        if operation == "cycle.list" and newest_read(look) is None:
            continue
        # What is somebody's own is asked about themselves.
        own = look.actor.person if operation.startswith("deputies.") else None
        if authorise(look.actor, operation, look.organisation, look.day, person=own).allowed:
            yield address, label, count


def _morning_room(look: Look) -> Iterator[tuple[str, str, str, int]]:
    """Yield where the day of those begins who look after others."""
    if look.supervises:
        yield "page.morning", "/morning", _("总览"), 0


def _gathering_rooms(look: Look) -> Iterator[tuple[str, str, str, int]]:
    """Yield the room of those who gather, called as its scheme calls what they gather for."""
    for label in list(gathering_kinds(look).values())[:1]:
        yield "page.gatherings", "/gatherings", label, 0


def _ledger_rooms(look: Look) -> Iterator[tuple[str, str, str, int]]:
    """Yield the ledger of each kind of the newest round whose cases grow out of rows."""
    for rules in look.cycles[:1]:
        for kind in ledger_kinds(rules):
            yield "page.ledger", f"/ledgers/{kind.name}", _("%(label)s台账", label=kind.label), 0


def _opening_room(look: Look) -> Iterator[tuple[str, str, str, int]]:
    """Yield the room in which cases are opened, for whom some scheme lets open one."""
    if next(kinds_to_open(look), None) is not None:
        yield "page.opening", "/open", _("立案"), 0


def _bulletin_rooms(look: Look) -> Iterator[tuple[str, str, str, int]]:
    """Yield the room of what is published, where any scheme says that something is."""
    schemes = (rules.scheme for rules in look.cycles)
    if any(publishing(scheme) for scheme in schemes):
        yield "case.list", "/bulletins", _("通报"), 0


def round_names(look: Look) -> dict[str, str]:
    """Return what the rounds are called, by id; no two have one name."""
    plain = {
        one.cycle.id: _(
            "%(year)s 年度 %(unit)s", year=one.cycle.year, unit=look.unit_name(one.cycle.unit)
        )
        for one in look.cycles
    }
    often = Counter(plain.values())
    return {
        one.cycle.id: plain[one.cycle.id]
        if often[plain[one.cycle.id]] == 1
        else _("%(id)s（%(id2)s）", id=plain[one.cycle.id], id2=one.scheme.id)
        for one in look.cycles
    }


def newest_read(look: Look) -> Rules | None:
    """Return the newest cycle whose figures open to the one who looks."""
    return next(read_by(look), None)


def read_by(look: Look) -> Iterator[Rules]:
    """Yield the cycles whose figures open to the one who looks, the newest first."""
    for rules in look.cycles:
        if cycle_read(look.actor, rules.running, look.organisation, look.day).allowed:
            yield rules


def message_page(
    browsers: Browsers,
    status: int,
    title: str,
    text: str,
    more: Iterable[str] = (),
    *,
    typed: Sequence[tuple[str, str]] = (),
) -> Response:
    """Return a page that says one thing, and gives back what was *typed* before it."""
    told = {"title": title, "text": text, "more": tuple(more), "typed": typed}
    return page(browsers, "message.html", status, **told)


def refusal_page(browsers: Browsers, status: int, blockers: Iterable[Blocker]) -> Response:
    """Return a page that says why something is refused, and what would lift it."""
    blockers = tuple(blockers)
    if browsers.session() is not None:
        know_people(browsers, blockers)
    said = [told(blocker) for blocker in blockers]
    reasons = tuple(f"{reason} {lifted}".strip() for reason, lifted in said)
    return message_page(browsers, status, _("不能这样做"), "", reasons)


def know_people(browsers: Browsers, blockers: Iterable[Blocker]) -> None:
    """Look up whom *blockers* name, so that `told` has their names."""
    look = browsers.look()  # as it is spoken now: a file that failed was made in Chinese
    named = (one.params.get(key) for one in blockers for key in _PERSON)
    browsers.uses.boards.names(look, [one for one in named if isinstance(one, str)])


def told(blocker: Blocker, a_case: str = "") -> tuple[str, str]:
    """Return why, and what would lift it; *a_case* is what its scheme calls a case."""
    known = {"case": a_case} if a_case else {}
    params = {**known, **blocker.params, **_words_of(blocker)}
    params |= {**_people_of(blocker), **_roles_of(blocker)}
    why, lift = sentence(replace(blocker, params=params), language())
    return (
        _("%(field)s：%(why)s", field=blocker.field, why=why) if is_cell(blocker.field) else why
    ), lift


def _words_of(blocker: Blocker) -> dict[str, str]:
    """Return the labels that *blocker* names, as the log has them, in the language of the page."""
    look: Look | None = g.get("page_look") if has_app_context() else None
    if language() == CHINESE or look is None:
        return {}
    return {
        name: _in_some_words(text, look)
        for name, text in blocker.params.items()
        if name.endswith("label") and isinstance(text, str)
    }


def _in_some_words(text: str, look: Look) -> str:
    """Return what the first round that has other words for *text* says for it."""
    told = (look.word(text, one.cycle.id) for one in look.cycles)
    return next((one for one in told if one != text), text)


def _people_of(blocker: Blocker) -> dict[str, str]:
    """Return the people that *blocker* names by their names, as far as the page knows them."""
    look: Look | None = g.get("page_look") if has_app_context() else None
    if look is None or blocker.code in _OF_IDS:
        return {}
    names, between = Names(look), BETWEEN_ROLES if language() == CHINESE else ", "
    said = {key: one for key in _PERSON if isinstance(one := blocker.params.get(key), str)}
    told = {key: names(one) for key, one in said.items()}
    people = blocker.params.get("people")
    if isinstance(people, str):
        told["people"] = between.join(map(names, people.split(BETWEEN_ROLES)))
    return told


def _roles_of(blocker: Blocker) -> dict[str, str]:
    """Return the roles that *blocker* names, as the log has them, in the language of the page."""
    look: Look | None = g.get("page_look") if has_app_context() else None
    if language() == CHINESE or look is None:
        return {}
    labels = {
        word.label: look.role(name) for name, word in look.organisation.vocabulary.roles.items()
    }
    return {
        key: ", ".join(labels.get(one, one) for one in said.split(BETWEEN_ROLES))
        for key in ("roles", "capacities")
        if isinstance(said := blocker.params.get(key), str)
    }


def a_case(look: Look) -> str:
    """Return what cases of all rounds are called, where their schemes have one word for them."""
    if language() == ENGLISH:  # within a sentence, where a label would begin with a capital
        return _(words.CASE)
    known = {rules.scheme.words.get("case", "") for rules in look.cycles}
    return (known.pop() if len(known) == 1 else "") or _(words.CASE)
