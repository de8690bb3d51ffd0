"""Every list of the pages as a workbook: at the page's own address, `.xlsx` behind its path.

The one idea: a list and its workbook are asked for in the same way, by the same use case, as the
same person: so the filters are those of the page, and nobody takes away more than they see. A page
that lists something and is not here is named in `NOT_KEPT`, with the reason; a test looks.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from flask import Blueprint, request

from schemas.calendar import local_day
from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web import words
from services.workflow.adapters.web.addresses import ledger_asked
from services.workflow.adapters.web.administration import ACCOUNTS, DEEDS, TOKENS
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.cycle import cycle_asked, why_lacking
from services.workflow.adapters.web.deputies import standing_in
from services.workflow.adapters.web.gatherings import kind_asked
from services.workflow.adapters.web.inbox import headline, sifted
from services.workflow.adapters.web.kept_records import (
    audit_tables,
    deeds_table,
    sign_ins_table,
    tokens_table,
)
from services.workflow.adapters.web.languages import _, speaking
from services.workflow.adapters.web.rendering import read_by
from services.workflow.adapters.web.scoring import NARROWED
from services.workflow.adapters.web.sheets import cut_after, moment, saved, table
from services.workflow.application.boards.desk import task_query
from services.workflow.application.exports import AT_ONCE
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.ranking import Ranks, Stretch
from services.workflow.application.rulebook import Rules
from services.workflow.application.saving import File
from services.workflow.application.workbooks import MOST_LINES, Table, Value

Lines = Iterable[Sequence[Value]]


class Made(NamedTuple):
    """A workbook, and what it is called."""

    content: bytes
    called: tuple[str, ...]


# Pages with a list that is no list of things to be kept, and why.
NOT_KEPT: Mapping[str, str] = {
    "home": "the stuck list or one's tasks, which have their own",
    "one_notice": "one notice, whose inbox has its own",
    "channels": "one's own choice, in a form",
    "policy_of_notice": "one text, whose very bytes are taken away beside it",
    "policy_of_case": "the same",
    "watched": "how the notifier is now; who records it asks for its metrics",
    "search": "the list of cases, which has its own",
    "stuck": "kept at /stuck.xlsx, beside the page",
    "cases": "kept at /cases.xlsx, beside the page",
    "case": "one case, whose history the log keeps",
    "gathering": "one gathering: its roster and its agenda have their own",
    "sheet": "a paper to be signed",
    "polls": "counts lie beside the log under their hash, and nobody has them before they are told",
    "versions": "two texts side by side, kept as papers",
    "reading": "texts to be read, where it is kept who did",
    "figures": "one case's figures",
    "bulletin": "one paper, kept as docx",
    "report_of_round": "one report, kept as a paper",
    "opening": "units to choose from in a form",
    "workbooks": "what workbooks may be brought for",
    "many_by_workbook": "has the workbook to fill in",
    "morning": "figures that lead to lists, which have their own",
    "closing": "what a decision would close over; the lists of those cases have their own",
    "views": "one's own addresses of lists, which have their own",
    "bulk": "what is chosen from in a form; the list has its own",
    "staff": "people found one by one; the organisation has its workbook",
    "paper_by_workbook": "has the workbook to fill in",
    "organisation_workbook": "has the workbook to change",
}


def add_kept(pages: Blueprint, browsers: Browsers) -> None:
    """Add a workbook beside each page that is a list."""
    for endpoint, (path, operation, made) in KEPT.items():
        view = partial(_kept, browsers, endpoint, made)
        pages.add_url_rule(
            f"{path}.xlsx",
            f"{endpoint}_kept",
            browsers.asks(operation)(_named(view, f"{endpoint}_kept")),
        )


def _named(view: Callable[..., Answer], name: str) -> Callable[..., Answer]:
    def kept(**path: Any) -> Answer:
        return view(**path)

    kept.__name__ = name
    return kept


def _kept(
    browsers: Browsers, endpoint: str, made: Callable[..., Iterable[Table] | Made], **path: Any
) -> Answer:
    told = {name: str(one) if isinstance(one, UUID) else one for name, one in path.items()}
    with speaking("zh"):
        found = made(browsers, **told)
        if not isinstance(found, Made):
            found = _of_tables(browsers, found)
    name = "/".join((endpoint, *told.values()))
    content = browsers.uses.exports.handed_out(browsers.look(), name, found.content)
    return saved(File(content=content, plain=f"{endpoint}.xlsx", called=found.called))


def _of_tables(browsers: Browsers, tables: Iterable[Table], *about: str) -> Made:
    """Return *tables* as a workbook, called by what it is *about* and by the first of them."""
    sheets = list(tables)
    content = browsers.uses.exports.office.write(sheets)
    return Made(content=content, called=(*about, sheets[0].name))


def _day(at: Any) -> date | None:
    return None if at is None else local_day(at, ZONE)


# --- Lists of cases ---


def _tasks(browsers: Browsers) -> Made:
    look, uses = browsers.look(), browsers.uses
    query = replace(task_query(look), limit=AT_ONCE)

    def page(after: tuple[str, str] | None) -> Any:
        return uses.boards.sources.reads.list_cases(replace(query, after=after))

    title = _("我的待办")
    return Made(content=uses.exports.cases(look, page, title), called=(title,))


def _gatherings(browsers: Browsers) -> Made:
    look = browsers.look()
    kind, label = kind_asked(look)
    filters = replace(urls.read(request.args), kind=kind)
    return Made(content=browsers.uses.exports.listed(look, filters, label), called=(label,))


def _ledger(browsers: Browsers, kind: str) -> Made:
    look = browsers.look()
    rules, of, asked, _ = ledger_asked(look, kind, request.args)
    filters = replace(asked, kind=of.name, cycle=rules.cycle.id)
    content = browsers.uses.exports.ledger(look, rules, of, filters)
    return Made(content=content, called=(rules.cycle.label, of.label))


# --- Ranking, coverage, rosters, draws ---


def _ranking(browsers: Browsers, cycle_id: str) -> Made:
    among = {name: urls.one(request.args, name) for name in NARROWED}
    whole = Stretch(limit=MOST_LINES)
    actor, ranking = browsers.actor(), browsers.uses.ranking
    ranks = ranking.of_round(actor, cycle_id, **among, stretch=whole)
    label = browsers.uses.boards.sources.rulebook.of(cycle_id).cycle.label
    return _of_tables(browsers, [_ranks(browsers, ranks)], label)


def _ranking_of_case(browsers: Browsers, case_id: str) -> Made:
    grading = urls.one(request.args, "grading")
    whole = Stretch(limit=MOST_LINES)
    actor, ranking = browsers.actor(), browsers.uses.ranking
    ranks = ranking.of_case(actor, case_id, grading, whole)
    number = ranks.about.number if ranks.about else ""
    return _of_tables(browsers, [_ranks(browsers, ranks)], number)


def _ranks(browsers: Browsers, ranks: Ranks) -> Table:
    look = browsers.look()
    people = [one.case.person for one in ranks.places]
    names = browsers.uses.boards.names(look, people)

    def lines() -> Lines:
        for one in ranks.places:
            graded = one.case.graded
            yield (
                one.place or None,
                one.case.number,
                look.unit_name(one.case.unit),
                names(one.case.person),
                None if graded is None or graded.figure is None else str(graded.figure),
                "" if graded is None else ranks.label(graded.name),
            )
        if ranks.has_more:
            yield cut_after(MOST_LINES)

    columns = ("place", "number", "unit", "person", "figure", "grade")
    return table(_("名次"), columns, lines())


def _cycle(browsers: Browsers, cycle_id: str) -> Made:
    rules = cycle_asked(browsers.look(), cycle_id)
    return _of_tables(browsers, _covered(browsers, rules), rules.cycle.label)


def _covered(browsers: Browsers, rules: Rules) -> Iterator[Table]:
    look = browsers.look()
    tiers = browsers.uses.boards.coverage(look, rules)
    counted = [
        (f"{one.life.tier} {one.life.label}", one.expected, one.opened, one.completed)
        for one in tiers
    ]
    yield table(_("覆盖情况"), ("tier", "expected", "opened", "completed"), counted)
    lacking = [
        (
            look.unit_name(one.unit),
            f"{tier.life.tier} {tier.life.label}",
            _("是") if one.is_exempt else _("否"),
            why_lacking(one, rules, look),
        )
        for tier in tiers
        for one in tier.lacking
    ]
    yield table(_("没有立案的单位"), ("unit", "tier", "exempt", "why"), lacking)


def _roster(browsers: Browsers, case_id: str) -> Made:
    board = browsers.uses.boards.gathering(browsers.look(), case_id)

    def lines() -> Lines:
        for body in board.bodies:
            for seat in body.seats:
                last = seat.last
                told = ("", "") if last is None else (words.WAYS[last.way], last.why or "")
                if seat.struck:
                    told = (_("已划去"), seat.struck)
                at = moment(None if last is None else last.at)
                yield (seat.attendant.row, body.label, seat.name, told[0], told[1], at)

    seats = table(board.roster.label, ("row", "capacity", "who", "there", "why", "at"), lines())
    return _of_tables(browsers, [seats], board.case.number)


def _draw(browsers: Browsers, case_id: str) -> Made:
    look = browsers.look()
    found = browsers.uses.drawn.view(browsers.actor(), case_id)
    told = found.told
    result = told["result"] or {}
    drawn = {unit: rank for rank, unit in enumerate(result.get("drawn", ()), 1)}
    lines = [(one, look.unit_name(one), drawn.get(one)) for one in told["units"] or ()]
    roster = table(_("抽签名单"), ("unit_id", "unit", "drawn"), lines)
    return _of_tables(browsers, [roster], found.case.number)


# --- What is told and what is one's own ---


def _bulletins(browsers: Browsers) -> Iterator[Table]:
    look = browsers.look()

    def lines() -> Lines:
        after, n_written = None, 0
        while n_written < MOST_LINES:
            listed = browsers.uses.bulletins.listed(browsers.actor(), AT_ONCE, after)
            for one in listed.found:
                case = one.case
                unit, day = look.unit_name(case.unit), _day(case.effective_at)
                yield (case.number, one.take.label, unit, one.range.label, day)
            n_written += len(listed.found)
            if (after := listed.next) is None:
                return
        yield cut_after(n_written)

    yield table(_("通报"), ("number", "title", "unit", "range", "published"), lines())


def _inbox(browsers: Browsers) -> Iterator[Table]:
    look, boards, sieve = browsers.look(), browsers.uses.boards, sifted(request.args)

    def lines() -> Lines:
        after, n_written = None, 0
        while n_written < MOST_LINES:
            letters, after = boards.inbox(look, after, sieve)
            for one in letters:
                kind = words.KINDS.get(one.kind, one.kind) if one.kind else ""
                about = headline(one.text) if one.text else ""
                yield (_day(one.recorded_at), kind, about, one.text or "", _day(one.read_at))
            n_written += len(letters)
            if after is None:
                return
        yield cut_after(n_written)

    yield table(_("收件箱"), ("received", "label", "title", "text", "read"), lines())


def _deputies(browsers: Browsers) -> Iterator[Table]:
    delegations, absences, names = standing_in(browsers, urls.identifier(request.args, "person"))
    look = browsers.look()
    roles = [
        (
            names(one.person),
            names(one.deputy),
            look.unit_name(one.unit),
            _("、").join(look.role(role) for role in sorted(one.roles)),
            one.since,
            one.until,
        )
        for one in delegations
    ]
    yield table(_("代理"), ("person", "deputy", "unit", "role", "from", "until"), roles)
    away = [(names(one.person), one.since, one.until) for one in absences]
    yield table(_("请假"), ("person", "from", "until"), away)


def _texts(browsers: Browsers) -> Iterator[Table]:
    browsers.require("text.read")
    kinds = browsers.uses.boards.editions(read_by(browsers.look()))
    for kind, rows in kinds.items():
        lines = [
            (
                one.listed.kept.title or one.listed.kept.id,
                one.listed.kept.version,
                _day(one.listed.edition.since),
                _("是") if one.listed.in_force else _("否"),
                one.listed.edition.hash,
            )
            for one in rows
        ]
        yield table(words.TEXTS[kind], ("title", "version", "published", "in_force", "hash"), lines)


# By the name of the page, which is that of the function without its first mark.
KEPT: Mapping[str, tuple[str, str, Callable[..., Iterable[Table] | Made]]] = {
    made.__name__.removeprefix("_"): (path, operation, made)
    for path, operation, made in (
        ("/tasks", "page.tasks", _tasks),
        ("/gatherings", "page.gatherings", _gatherings),
        ("/ledgers/<kind>", "page.ledger", _ledger),
        ("/cycles/<uuid:cycle_id>/ranking", "case.list", _ranking),
        ("/cases/<uuid:case_id>/ranking", "case.read", _ranking_of_case),
        ("/cycles/<uuid:cycle_id>", "cycle.read", _cycle),
        ("/cases/<uuid:case_id>/roster", "case.read", _roster),
        ("/cases/<uuid:case_id>/draw", "case.read", _draw),
        ("/bulletins", "case.list", _bulletins),
        ("/inbox", "page.inbox", _inbox),
        ("/deputies", "deputies.read", _deputies),
        ("/texts", "text.read", _texts),
    )
} | {
    "audit": ("/audit", "page.audit", audit_tables),
    "sign_ins": (ACCOUNTS, "accounts.read", sign_ins_table),
    "tokens": (TOKENS, "accounts.read", tokens_table),
    "deeds": (DEEDS, "deeds.read", deeds_table),
}
