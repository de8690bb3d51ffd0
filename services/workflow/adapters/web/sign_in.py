"""Signing in and out, and the one-time link that sets a password."""

import re

from flask import Blueprint, Response, redirect, request

from schemas.complaints import Fault
from services.workflow.adapters.web import words
from services.workflow.adapters.web.browser import FORM_COOKIE, Answer, Browsers
from services.workflow.adapters.web.languages import N_, _
from services.workflow.adapters.web.left import LeftForm, go_on, let_go, read_left
from services.workflow.adapters.web.posted import require_known
from services.workflow.adapters.web.refilled import LET_GO
from services.workflow.adapters.web.rendering import message_page, page
from services.workflow.application.accounts import (
    InvitationRefused,
    PasswordRefused,
    SignInRefused,
)
from services.workflow.domain.refusals import Malformed

# One sentence for an unknown account, a wrong password and a locked one.
REFUSED = N_("账号或密码不对，或者失败次数过多已暂时锁定（十五分钟后再试）。")
ENDED = N_("登录已失效，表单没有提交。请重新登录：填写的内容会放回原来的表单，核对后再提交。")
NOT_THE_SAME = N_("两次输入的密码不一样。")
MOST_ADDRESS = 2000
# One "/", then visible ASCII: browsers take "//" and "/\\" for the beginning of another host, and
# leave out tabs and line ends before they look.
_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*", re.ASCII)


def add_sign_in(pages: Blueprint, browsers: Browsers) -> None:
    """Add the pages nobody has to be signed in for, and signing out."""
    accounts = browsers.uses.accounts

    @pages.get("/sign-in")
    @browsers.asks("public")
    def sign_in_form() -> Answer:
        if browsers.session() is not None:
            return redirect("/", 303)
        return sign_in_page(browsers)

    @pages.post("/sign-in")
    @browsers.asks("public")
    def sign_in() -> Answer:
        form = browsers.form
        require_known(form, ("person", "password", "next", "left"))
        person = form.get("person", "").strip()
        left = read_left(form.get("left"))
        try:
            cookie = accounts.sign_in(person, form.get("password", ""))
        except SignInRefused:
            return page(
                browsers,
                "sign_in.html",
                403,
                person=person,
                after=local(form.get("next", "")),
                refused=_(REFUSED),
                done="",
                left=left,
            )
        # A new cookie at every sign-in, the old one ended: a planted one is worth nothing.
        old = request.cookies.get(browsers.cookie)
        if old:
            accounts.sign_out(old)
        go_on(browsers, cookie, person, left)
        response = redirect(local(form.get("next", "")), 303)
        browsers.set_cookie(response, browsers.cookie, cookie)
        browsers.drop_cookie(response, FORM_COOKIE)
        return response

    @pages.post(LET_GO)
    @browsers.asks("page.account")
    def not_wanted() -> Answer:
        require_known(browsers.form, ())
        return redirect(let_go(browsers), 303)

    @pages.post("/sign-out")
    @browsers.asks("page.account")
    def sign_out() -> Answer:
        require_known(browsers.form, ())
        accounts.sign_out(request.cookies.get(browsers.cookie, ""))
        response = redirect("/sign-in", 303)
        browsers.drop_cookie(response, browsers.cookie)
        return response


def add_invitations(pages: Blueprint, browsers: Browsers) -> None:
    """Add the one-time link that sets a password."""
    accounts = browsers.uses.accounts

    @pages.get("/invitation/<secret>")
    @browsers.asks("public")
    def invitation_form(secret: str) -> Answer:
        try:
            person = accounts.invited(secret)
        except InvitationRefused:
            return _no_invitation(browsers)
        return page(browsers, "invitation.html", person=person, secret=secret, refused="")

    @pages.post("/invitation/<secret>")
    @browsers.asks("public")
    def accept_invitation(secret: str) -> Answer:
        try:
            person, form = accounts.invited(secret), browsers.form
            require_known(form, ("person", "password", "again"))
            if form.get("person", person) != person:  # there for password managers alone
                raise Malformed(Fault(field="person", code="not_a_choice"))
            password = form.get("password", "")
            refused = "" if password == form.get("again", "") else _(NOT_THE_SAME)
            if not refused:
                accounts.accept_invitation(secret, password)
        except InvitationRefused:
            return _no_invitation(browsers)
        except PasswordRefused as fault:
            refused = words.PASSWORD_FAULTS[fault.code]
        if refused:
            shown = {"person": person, "secret": secret, "refused": refused}
            return page(browsers, "invitation.html", 422, **shown)
        return sign_in_page(browsers, person=person, done=_("密码已设置，请登录。"))


def sign_in_page(
    browsers: Browsers,
    status: int = 200,
    /,
    *,
    person: str = "",
    done: str = "",
    left: LeftForm | None = None,
) -> Response:
    """Return the form to sign in with; *person* is filled in already, *left* is gone on with."""
    after = left.at if left else "/" if done else local(request.args.get("next", ""))
    shown = {"person": person, "after": after, "done": done, "left": left}
    return page(browsers, "sign_in.html", status, refused=_(ENDED) if left else "", **shown)


def local(asked: str) -> str:
    """Return where to go after signing in: a page of ours, whatever the form says."""
    return asked if len(asked) <= MOST_ADDRESS and _LOCAL.fullmatch(asked) else "/"


def _no_invitation(browsers: Browsers) -> Response:
    return message_page(
        browsers, 404, _("链接已失效"), _("链接已用过、已过期或不完整。请向管理员索取新的链接。")
    )
