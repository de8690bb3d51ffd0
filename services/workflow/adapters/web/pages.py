"""All pages under one blueprint, with the checks and headers that hold for every one of them."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import cast

import structlog
from flask import Blueprint, Flask, Response, abort, current_app, g, redirect, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from services.workflow.adapters.web.acts import add_acts
from services.workflow.adapters.web.administration import add_administration
from services.workflow.adapters.web.audit import add_audit
from services.workflow.adapters.web.bringing import add_bringing
from services.workflow.adapters.web.browser import Answer, Browsers, FormExpired
from services.workflow.adapters.web.bulk import add_bulk
from services.workflow.adapters.web.bulk_acts import add_bulk_acts
from services.workflow.adapters.web.bulletins import add_bulletins
from services.workflow.adapters.web.case import add_case
from services.workflow.adapters.web.channel_choices import add_channel_choices
from services.workflow.adapters.web.choosing import add_choosing
from services.workflow.adapters.web.closing import add_closing
from services.workflow.adapters.web.cycle import add_cycle
from services.workflow.adapters.web.deputies import add_deputies
from services.workflow.adapters.web.desk import add_desk
from services.workflow.adapters.web.door import add_door
from services.workflow.adapters.web.drawing import add_drawing
from services.workflow.adapters.web.editor import add_editor
from services.workflow.adapters.web.flash import forget_if_told
from services.workflow.adapters.web.gathering import add_gathering
from services.workflow.adapters.web.gatherings import add_gatherings
from services.workflow.adapters.web.inbox import add_inbox
from services.workflow.adapters.web.kept import add_kept
from services.workflow.adapters.web.languages import N_, _
from services.workflow.adapters.web.ledger import add_ledger
from services.workflow.adapters.web.left import go_on, gone_on, is_typed, left_now
from services.workflow.adapters.web.lists import add_lists
from services.workflow.adapters.web.many import add_many
from services.workflow.adapters.web.morning import add_morning
from services.workflow.adapters.web.naming import add_naming
from services.workflow.adapters.web.opening import add_opening
from services.workflow.adapters.web.organisation import add_organisation
from services.workflow.adapters.web.paper_workbooks import add_paper_workbooks
from services.workflow.adapters.web.policies import add_policies
from services.workflow.adapters.web.polls import add_polls
from services.workflow.adapters.web.proving import add_proving
from services.workflow.adapters.web.reading import add_reading
from services.workflow.adapters.web.rendering import (
    STATIC,
    html,
    message_page,
    refusal_page,
    told,
)
from services.workflow.adapters.web.scoring import add_scoring
from services.workflow.adapters.web.sent import called
from services.workflow.adapters.web.sheets import add_sheets
from services.workflow.adapters.web.sign_in import add_invitations, add_sign_in, sign_in_page
from services.workflow.adapters.web.simulation import add_simulation
from services.workflow.adapters.web.staff import add_staff
from services.workflow.adapters.web.texts import add_texts
from services.workflow.adapters.web.uses import PageUses
from services.workflow.adapters.web.versions import add_files, add_papers, add_versions
from services.workflow.adapters.web.views import add_views
from services.workflow.adapters.web.voting import add_voting
from services.workflow.adapters.web.watched import add_watched
from services.workflow.domain.authority import OPERATIONS
from services.workflow.domain.reasons import REASONS, blocker_of
from services.workflow.domain.refusals import (
    Blocker,
    Conflict,
    Invalid,
    Malformed,
    NotAllowed,
    NotifierAway,
    NotYours,
    OutcomeUnknown,
    Refused,
    StoreUnavailable,
    TooOften,
)

log = structlog.get_logger()
# One year: the address of a static file carries a hash of its content.
KEPT = "public, max-age=31536000, immutable"
TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
MESSAGES = {
    400: (N_("网址不对"), N_("这个请求读不懂。")),
    403: (
        N_("没有通过核验"),
        N_("表单已过期或来自别处。请回到页面，刷新后再试；填写的内容没有提交。"),
    ),
    404: (N_("没有找到"), N_("这里没有内容，或者您无权查看。")),
    405: (N_("不能这样访问"), N_("请从页面上的链接和按钮进入。")),
    413: (N_("内容太长"), N_("提交的内容超过上限，没有保存。")),
    415: (N_("内容读不懂"), N_("请从页面上的表单提交；没有保存任何内容。")),
}
# A form came to the right address.
UNREADABLE = (N_("填写的内容读不懂"), N_("没有保存任何内容。"))
_WANTED = ("text/html", "application/json")
AWAY_STATUS = 503
BROKEN = (N_("出错了"), N_("服务出了意外错误，已经记录。填写过的内容用浏览器的“后退”可以找回。"))
# What was typed is still in the browser, one page back.
AWAY = (
    N_("暂时不能服务"),
    N_("数据库暂时联系不上，没有写入任何内容。请稍后再试；填写过的内容用浏览器的“后退”可以找回。"),
)
NO_NOTIFIER = (
    N_("暂时看不到"),
    N_("这份内容只由通知服务保存，它现在没有应答。过一会儿再打开。"),
)
UNKNOWN = (
    N_("结果不明"),
    N_("提交时连接中断，不知道是否已经写入。请先打开它的页面查看，再决定是否重做。"),
)


def register_pages(
    app: Flask, spoken: Mapping[str, PageUses], *, secure: bool, public_url: str = ""
) -> None:
    """Add the pages to *app*, under `/` and never under `/v1`.

    *spoken*: what they are made of, by the language that a page speaks. *secure*: people reach
    them over https, so cookies travel over nothing else. *public_url*: where they do; "": wherever
    they are asked for.
    """
    browsers = Browsers(spoken=spoken, secure=secure, public_url=public_url.rstrip("/"))
    pages = Blueprint("pages", __name__)

    @pages.get("/static/<name>")
    @browsers.asks("public")
    def static(name: str) -> Answer:
        if name not in STATIC:
            abort(404)
        kind = TYPES[name.rpartition(".")[2]]
        return Response(STATIC[name], content_type=kind, headers={"Cache-Control": KEPT})

    @pages.get("/favicon.ico")
    @browsers.asks("public")
    def favicon() -> Answer:
        """Browsers ask for it unbidden, of files and of what is no page of ours."""
        return Response(STATIC["icon.svg"], content_type=TYPES["svg"])

    rooms = (
        add_morning,
        add_audit,
        add_bulk,
        add_bulk_acts,
        add_ledger,
        add_lists,
        add_views,
        add_case,
        add_gathering,
        add_drawing,
        add_bulletins,
        add_gatherings,
        add_door,
        add_acts,
        add_opening,
        add_deputies,
        add_staff,
        add_administration,
        add_editor,
        add_bringing,
        add_sheets,
        add_many,
        add_kept,
        add_organisation,
        add_versions,
        add_files,
        add_papers,
        add_desk,
        add_inbox,
        add_channel_choices,
        add_policies,
        add_proving,
        add_reading,
        add_cycle,
        add_closing,
        add_scoring,
        add_texts,
        add_simulation,
        add_polls,
        add_paper_workbooks,
        add_naming,
        add_voting,
        add_watched,
    )
    for add in (add_sign_in, add_invitations, add_choosing, *rooms):
        add(pages, browsers)
    pages.before_request(browsers.check_form)
    pages.before_request(partial(gone_on, browsers))
    pages.after_request(browsers.dress)
    pages.after_request(partial(forget_if_told, browsers))
    _answer_errors(pages, browsers)
    app.register_blueprint(pages)
    app.before_request(partial(_no_such_page, browsers))


def _no_such_page(browsers: Browsers) -> Answer | None:
    """Answer a browser at an address, or with a method, that no page has: nobody else would.

    Whoever asks for no page, or below `/v1`, gets the API's problem.
    """
    wants = request.accept_mimetypes.best_match(("application/problem+json", "text/html"))
    error = request.routing_exception
    if not isinstance(error, NotFound | MethodNotAllowed):
        return None
    if wants != "text/html" or f"{request.path}/".startswith("/v1/"):
        return None
    try:
        answer = _known(browsers, error)
    except Refused as refused:  # who is signed in cannot be asked now
        answer = _refused(browsers, refused)
    return browsers.dress(answer)


def _answer_errors(pages: Blueprint, browsers: Browsers) -> None:
    @pages.errorhandler(HTTPException)
    def known(error: HTTPException) -> Answer:
        if error.code is None or error.code < 400:  # noqa: PLR2004 - a redirect is no error
            return error.get_response()
        return _known(browsers, error)

    @pages.errorhandler(Refused)
    def refused(error: Refused) -> Answer:
        return _refused(browsers, error)

    @pages.errorhandler(Exception)
    def unforeseen(error: Exception) -> Answer:
        # Logged once, without what people typed; the browser learns nothing of the inside.
        log.error(
            "page_failed",
            path=request.path,
            request=g.get("request_id", ""),
            kind=type(error).__name__,
            exc_info=error,
        )
        return _plain(*BROKEN, status=500)


def _known(browsers: Browsers, error: HTTPException) -> Response:
    status = error.code or 400
    if isinstance(error, FormExpired):
        return _expired(browsers)
    response = message_page(browsers, status, *map(_, MESSAGES.get(status, MESSAGES[400])))
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def _expired(browsers: Browsers) -> Response:
    """Lead on from a form whose session has ended, with what was typed into it.

    The same person goes on with it where it stood; who is not signed in does so first.
    """
    left, session = left_now(browsers), browsers.session()
    ours = not _is_public()  # no form in which somebody signs in, or casts a ballot
    title, text = map(_, MESSAGES[403])
    if not ours or (session is not None and not left.is_of(session.person)):
        return message_page(browsers, 403, title, text)
    if not left.may_travel:
        return message_page(browsers, 403, title, text, typed=_typed(browsers))
    if session is None:
        return sign_in_page(browsers, 403, left=left)
    if request.accept_mimetypes.best_match(_WANTED) == _WANTED[1]:  # a script has the text still
        return message_page(browsers, 403, title, text)
    go_on(browsers, request.cookies[browsers.cookie], session.person, left)
    return cast("Response", redirect(left.at, 303))


def _is_public() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return OPERATIONS[getattr(view, "operation", "public")].public


def _typed(browsers: Browsers) -> list[tuple[str, str]]:
    """Return what somebody wrote into the form that was sent, each with the name of its field.

    What its page put there is left out.
    """
    typed = {name: text for name, text in browsers.form.items() if text and is_typed(name)}
    documents = browsers.uses.boards.documents() if typed else {}
    return [(called(name, documents), text) for name, text in typed.items()]


def _refused(browsers: Browsers, error: Refused) -> Response:
    match error:
        case Malformed():
            said = [" ".join((one.field, *told(blocker_of(one)))).strip() for one in error.faults]
            status = REASONS[error.code].status
            posted = request.method == "POST" and status == HTTPStatus.BAD_REQUEST
            title, text = UNREADABLE if posted else MESSAGES[status]
            # A form that is not read back into its page gives back what was written.
            sent = request.method == "POST" and browsers.session() is not None
            typed = _typed(browsers) if sent else []
            return message_page(browsers, status, _(title), _(text), said, typed=typed)
        case NotYours():
            return message_page(browsers, 404, *map(_, MESSAGES[404]))
        case NotAllowed():
            return refusal_page(browsers, 403, (error.blocker,))
        case Conflict():
            return refusal_page(browsers, 409, (error.blocker,))
        case Invalid():
            return refusal_page(browsers, 422, error.blockers)
        case TooOften():
            return refusal_page(browsers, 429, (Blocker(code="rate_limited"),))
        case OutcomeUnknown():
            return _plain(*UNKNOWN)
        case StoreUnavailable():
            return _plain(*AWAY)
        case NotifierAway():
            return message_page(browsers, AWAY_STATUS, *map(_, NO_NOTIFIER))
    raise error


def _plain(title: str, text: str, status: int = AWAY_STATUS) -> Response:
    """Return a page that needs no database: the shell around others does."""
    shown = {"signed_in": False, "product": "", "title": _(title), "text": _(text)}
    shown |= {"more": (), "typed": ()}
    shown["page_address"] = ""  # no form of it could be sent: its token needs the database
    response = html("message.html", status, shown)
    if status == AWAY_STATUS:
        response.headers["Retry-After"] = "1"
    return response
