"""Workbooks of what is watched and administered: the log, sign-ins, tokens, and what was done.

Nothing that lets somebody in is in one: of a link stands until when it holds, of a token its id.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from flask import request

from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web import words
from services.workflow.adapters.web.administration import WHAT
from services.workflow.adapters.web.audit import READ, TABS, said, sought_asked, tab_asked, why
from services.workflow.adapters.web.browser import Browsers
from services.workflow.adapters.web.languages import _
from services.workflow.adapters.web.sheets import cut_after, moment, table
from services.workflow.adapters.web.watched import on_record
from services.workflow.application.boards import Look
from services.workflow.application.boards.audit import AT_ONCE, Happened, Sort
from services.workflow.application.channel_trials import TRIED
from services.workflow.application.identity_ports import AccountState
from services.workflow.application.workbooks import MOST_LINES, Table, Value

Page = tuple[Sequence[Sequence[Value]], Any]  # lines, and where the next ones begin; None: nowhere


def audit_tables(browsers: Browsers) -> Iterator[Table]:
    """Yield the part of the log that is asked for, the newest first."""
    look, boards, sought, tab = browsers.look(), browsers.uses.boards, sought_asked(), tab_asked()

    def happened(before: int | None) -> Page:
        board = boards.history(look, cast(Sort, tab), before, sought, AT_ONCE)
        return [_event_line(one, board.names, look) for one in board.happened], board.before

    def reads(before: int | None) -> Page:
        board = boards.reads(look, before, sought, AT_ONCE)
        lines = [
            (
                moment(one.at),
                board.names(one.person),
                look.post_of(one.person),
                READ.get(one.what, one.what),
                one.row.case.number,
                board.names(one.row.case.person) if one.row.case.person else "",
                look.unit_name(one.row.case.unit),
            )
            for one in board.reads
        ]
        return lines, board.before

    of_reads = ("at", "reader", "post", "what", "number", "person", "unit")
    of_events = ("position", "at", "number", "person", "unit", "what", "why", "by")
    columns, page = (of_reads, reads) if tab == "reads" else (of_events, happened)
    yield table(TABS[tab], columns, _paged(page))


def _event_line(one: Happened, names: Any, look: Look) -> Sequence[Value]:
    case, event = one.row.case, one.event
    if event is None:
        by = ""
    elif event.actor:
        by = names.by(event.actor, event.deputyfor, event.time)
    else:
        by = words.written_by(event)
    return (
        one.position,
        moment(event.time if event else None),
        case.number,
        names(case.person) if case.person else "",
        look.unit_name(case.unit),
        said(one),
        _("；").join(why(one)),
        by,
    )


def sign_ins_table(browsers: Browsers) -> Iterator[Table]:
    """Yield who can sign in, or can not, as the page is narrowed."""
    look, keep = browsers.look(), browsers.uses.administration
    words_sought, locked = urls.sought(request.args), urls.one(request.args, "locked") == "1"

    def page(after: str | None) -> Page:
        rows, following = keep.listed(look.actor, words_sought, after, AT_ONCE, locked=locked)
        names = browsers.uses.boards.names(look, (row.person for row in rows))
        lines = [
            (
                row.person,
                names(row.person),
                _state(row),
                moment(row.locked_at or row.locked_until),
                moment(row.invited_until),
                row.n_sessions,
                moment(row.seen_at),
            )
            for row in rows
        ]
        return lines, following

    columns = ("person_id", "who", "sign_in", "locked", "invited_until", "sessions", "seen")
    yield table(_("账户"), columns, _paged(page))


def _state(row: AccountState) -> str:
    if row.locked_at:
        return _("已停用")
    if row.locked_until:
        return _("暂时锁定")
    return _("可登录") if row.has_password else _("未设密码")


def tokens_table(browsers: Browsers) -> Iterator[Table]:
    """Yield the tokens of clients, which are not kept themselves."""
    look, keep = browsers.look(), browsers.uses.administration

    def page(after: tuple[str, str] | None) -> Page:
        rows = [*keep.tokens(look.actor, after, AT_ONCE)]
        lines = [
            (
                row.client,
                row.id or "",
                _("、").join(words.SCOPES.get(one, one) for one in sorted(row.scopes)),
                look.unit_name(row.unit),
                moment(row.created_at),
                moment(row.revoked_at),
            )
            for row in rows
        ]
        return lines, (rows[-1].client, rows[-1].id or "") if len(rows) == AT_ONCE else None

    columns = ("client", "token_id", "scopes", "unit", "created", "revoked")
    yield table(_("访问令牌"), columns, _paged(page))


def deeds_table(browsers: Browsers) -> Iterator[Table]:
    """Yield what was done to sign-ins, tokens, people and posts, the newest first."""
    look, keep = browsers.look(), browsers.uses.administration

    def page(before: int | None) -> Page:
        rows = [*keep.deeds(look.actor, before, AT_ONCE)]
        people = (one for row in rows for one in (row.person, row.subject))
        known = (one for one in people if one and look.organisation.has_person(one))
        names = browsers.uses.boards.names(look, known)
        lines = [
            (
                moment(row.at),
                WHAT.get(row.what, row.what),
                names(row.subject),
                row.subject,
                on_record(row.detail or "") if row.what == TRIED else row.detail or "",
                names(row.person) if row.person else words.client(row.client),
                row.person or "",
            )
            for row in rows
        ]
        return lines, rows[-1].id if len(rows) == AT_ONCE else None

    columns = ("at", "what", "to_whom", "subject", "detail", "by", "person_id")
    yield table(_("管理记录"), columns, _paged(page))


def _paged(page: Callable[[Any], Page]) -> Iterator[Sequence[Value]]:
    """Return the lines of all pages, up to as many as a workbook has; the last one says if cut.

    The first page is read at once: whoever is refused it is so before anything is written.
    """
    return _going_on(page, *page(None))


def _going_on(
    page: Callable[[Any], Page], lines: Sequence[Sequence[Value]], at: Any
) -> Iterator[Sequence[Value]]:
    yield from lines
    n_written = len(lines)
    while at is not None:
        if n_written >= MOST_LINES:
            yield cut_after(n_written)
            return
        lines, at = page(at)
        yield from lines
        n_written += len(lines)
