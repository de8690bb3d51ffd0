"""All pages under one blueprint, with the checks and headers that hold for every one of them."""

from functools import partial

import structlog
from flask import Blueprint, Flask, Response, abort, request
from werkzeug.exceptions import HTTPException, NotFound

from services.workflow.adapters.web.acts import add_acts
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.case import add_case
from services.workflow.adapters.web.cycle import add_cycle
from services.workflow.adapters.web.desk import add_desk
from services.workflow.adapters.web.lists import add_lists
from services.workflow.adapters.web.rendering import STATIC, message_page, refusal_page
from services.workflow.adapters.web.sign_in import add_invitations, add_sign_in
from services.workflow.adapters.web.uses import PageUses
from services.workflow.domain.refusals import (
    Conflict,
    Invalid,
    NotAllowed,
    NotYours,
    OutcomeUnknown,
    Refused,
    StoreUnavailable,
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
    400: ("网址不对", "这个请求读不懂。"),
    403: ("没有通过核验", "表单已过期或来自别处。请回到页面，刷新后再试；填写的内容没有提交。"),
    404: ("没有找到", "这里没有内容，或者您无权查看。"),
    405: ("不能这样访问", "请从页面上的链接和按钮进入。"),
    413: ("内容太长", "提交的内容超过上限，没有保存。"),
}
AWAY = ("暂时不能服务", "数据库暂时联系不上，没有写入任何内容。请稍后再试。")
UNKNOWN = ("结果不明", "提交时连接中断，不知道是否已经写入。请刷新案件页面查看后再决定是否重做。")


def register_pages(app: Flask, uses: PageUses, *, secure: bool) -> None:
    """Add the pages to *app*, under `/` and never under `/v1`.

    *secure*: people reach them over https, so cookies travel over nothing else.
    """
    browsers = Browsers(uses=uses, secure=secure)
    pages = Blueprint("pages", __name__)

    @pages.get("/static/<name>")
    @browsers.asks("public")
    def static(name: str) -> Answer:
        if name not in STATIC:
            abort(404)
        kind = TYPES[name.rpartition(".")[2]]
        return Response(STATIC[name], content_type=kind, headers={"Cache-Control": KEPT})

    for add in (add_sign_in, add_invitations, add_lists, add_case, add_acts, add_desk, add_cycle):
        add(pages, browsers)
    pages.before_request(browsers.check_form)
    pages.after_request(browsers.dress)
    _answer_errors(pages, browsers)
    app.register_blueprint(pages)
    app.before_request(partial(_no_such_page, browsers))


def _no_such_page(browsers: Browsers) -> Answer | None:
    """Answer a browser at an address that leads nowhere: no blueprint has it, so none handles it.

    Whoever asks for no page, or below `/v1`, gets the API's problem.
    """
    wants = request.accept_mimetypes.best_match(("application/problem+json", "text/html"))
    nowhere = isinstance(request.routing_exception, NotFound)
    if not nowhere or wants != "text/html" or f"{request.path}/".startswith("/v1/"):
        return None
    try:
        answer = message_page(browsers, 404, *MESSAGES[404])
    except Refused as error:  # who is signed in cannot be asked now
        answer = _refused(browsers, error)
    return browsers.dress(answer)


def _answer_errors(pages: Blueprint, browsers: Browsers) -> None:
    @pages.errorhandler(HTTPException)
    def known(error: HTTPException) -> Answer:
        if error.code is None or error.code < 400:  # noqa: PLR2004 - a redirect is no error
            return error.get_response()
        title, text = MESSAGES.get(error.code, MESSAGES[400])
        response = message_page(browsers, error.code, title, text)
        if error.code == 405:  # noqa: PLR2004
            response.headers["Allow"] = error.get_response().headers.get("Allow", "GET")
        return response

    @pages.errorhandler(Refused)
    def refused(error: Refused) -> Answer:
        return _refused(browsers, error)

    @pages.errorhandler(Exception)
    def unforeseen(error: Exception) -> Answer:
        # Logged once, without what people typed; the browser learns nothing of the inside.
        log.error("page_failed", path=request.path, kind=type(error).__name__, exc_info=error)
        return _plain("出错了", "服务出了意外错误，已经记录。", 500)


def _refused(browsers: Browsers, error: Refused) -> Answer:
    match error:
        case NotYours():
            return message_page(browsers, 404, *MESSAGES[404])
        case NotAllowed():
            return refusal_page(browsers, 403, (error.blocker,))
        case Conflict():
            return refusal_page(browsers, 409, (error.blocker,))
        case Invalid():
            return refusal_page(browsers, 422, error.blockers)
        case OutcomeUnknown():
            return _plain(*UNKNOWN)
        case StoreUnavailable():
            return _plain(*AWAY)
    raise error


def _plain(title: str, text: str, status: int = 503) -> Response:
    """Return a page that needs no database: the shell around others does."""
    body = (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{title} · 述评</title>'
        f"<h1>{title}</h1><p>{text}</p></html>"
    )
    return Response(body, status, content_type="text/html; charset=utf-8")
