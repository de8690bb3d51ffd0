"""Sign-ins, tokens, and what was done to them: the pages of two of the three administrators.

Nothing is judged here: the use case says who may, and what is refused.
"""

import re
from collections.abc import Iterable
from http import HTTPStatus

from flask import Blueprint, Response, request

from schemas.complaints import Fault
from schemas.limits import is_identifier
from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web.administrators import shares
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.flash import go_and_tell, just_done
from services.workflow.adapters.web.languages import N_, Words
from services.workflow.adapters.web.posted import require_known
from services.workflow.adapters.web.rendering import page, told
from services.workflow.adapters.web.watched import on_record
from services.workflow.application.boards import Names
from services.workflow.application.channel_trials import TRIED
from services.workflow.domain.reasons import REASONS
from services.workflow.domain.refusals import Conflict, Malformed, NotAllowed, NotYours

ACCOUNTS, TOKENS, DEEDS = "/accounts", "/tokens", "/deeds"
AT_ONCE = 50
REVOKED = "revoked"
# Refusals that its page tells.
TOLD_HERE = ("no_sign_in", "locked_already", "own_sign_in", "administrators_sign_in")
MOST_CLIENT = 200  # characters; a release before took any name for a client
# What is done to sign-ins, tokens, people and posts, and what their page says once it is done.
WHAT = Words(
    {
        "token_created": N_("新建令牌"),
        "token_revoked": N_("作废令牌"),
        "invited": N_("发出邀请链接"),
        "link_withdrawn": N_("撤回邀请链接"),
        "password_set": N_("本人设置密码"),
        "locked": N_("停用账户"),
        "unlocked": N_("恢复账户"),
        "signed_out": N_("结束会话"),
        TRIED: N_("试发通知渠道"),
        "person_added": N_("录入人员"),
        "person_changed": N_("变更姓名或联系方式"),
        "person_removed": N_("删除人员"),
        "post_given": N_("给予任职"),
        "post_changed": N_("变更任职止期"),
        "post_withdrawn": N_("去掉任职"),
        "deputy_recorded": N_("登记代理"),
        "deputy_withdrawn": N_("撤回代理"),
        "absence_recorded": N_("登记外出"),
        "absence_withdrawn": N_("撤回外出"),
        "organisation_changed": N_("变更单位、关系或用词"),
        "organisation_imported": N_("首次导入机构"),
    }
)
KEPT = Words(
    {
        "lock": N_("已停用，会话和未用的链接一并作废："),
        "unlock": N_("已恢复："),
        "end": N_("已结束全部会话："),
        "nothing": N_("本来就是这样，没有变化："),
    }
)
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def add_administration(pages: Blueprint, browsers: Browsers) -> None:
    """Add the pages of sign-ins, of tokens, and of what was done to them."""

    @pages.get(ACCOUNTS)
    @browsers.asks("accounts.read")
    def sign_ins() -> Answer:
        return _sign_ins(browsers)

    @pages.post(ACCOUNTS)
    @browsers.asks("accounts.keep")
    def keep_sign_in() -> Answer:
        form = browsers.form
        require_known(form, ("person", "form"))
        person, what = _identifier("person", form.get("person", "")), form.get("form", "")
        try:
            moved, secret = _kept(browsers, what, person)
        except (Conflict, NotAllowed) as refused:
            if refused.blocker.code not in TOLD_HERE:
                raise
            status = REASONS[refused.blocker.code].status
            why = told(refused.blocker)
            return _sign_ins(browsers, status=status, wrong=why, about=person)
        if secret:
            link = browsers.address(f"/invitation/{secret}")
            return _sign_ins(browsers, invited=person, link=link)
        # Back to whom it was done to: they may stand on any page of the list.
        kept = f"{what if moved else 'nothing'}-{person}"
        return go_and_tell(browsers, f"{ACCOUNTS}?q={person}", kept)

    @pages.get(TOKENS)
    @browsers.asks("accounts.read")
    def tokens() -> Answer:
        return _tokens(browsers)

    @pages.post(TOKENS)
    @browsers.asks("accounts.keep")
    def revoke_token() -> Answer:
        return _revoke(browsers)

    @pages.get(DEEDS)
    @browsers.asks("deeds.read")
    def deeds() -> Answer:
        return _deeds(browsers)


def _kept(browsers: Browsers, what: str, person: str) -> tuple[bool, str]:
    """Do *what* with the sign-in of *person*; tell whether it moved, and the secret of a link.

    Raises:
        Malformed: it is no act of ours.
        NotAllowed, NotYours, Conflict: as the use case says.
    """
    keep, actor = browsers.uses.administration, browsers.actor()
    match what:
        case "lock":
            return keep.lock(actor, person), ""
        case "unlock":
            return keep.unlock(actor, person), ""
        case "end":
            return keep.end_sessions(actor, person) > 0, ""
        case "invite":
            return True, keep.invite(actor, person)
    raise Malformed(Fault(field="form", code="not_a_choice"))


def _sign_ins(
    browsers: Browsers,
    *,
    status: int = 200,
    wrong: Iterable[str] = (),
    about: str = "",
    invited: str = "",
    link: str = "",
) -> Response:
    """Return the list of sign-ins; after an act with what came of it."""
    asked, sought = request.args, urls.sought(request.args) or about or invited
    after, locked = _identifier("after", urls.one(asked, "after")), urls.one(asked, "locked") == "1"
    keep, look = browsers.uses.administration, browsers.look()
    rows, following = keep.listed(look.actor, sought, after or None, AT_ONCE, locked=locked)
    names = Names(look)
    names.want(*(row.person for row in rows), *filter(None, (invited, about)))
    administrators = shares(look, names)
    names.look_up(browsers.uses.boards.sources.reads)
    done, _, whom = just_done(browsers).partition("-")
    return page(
        browsers,
        "accounts.html",
        status,
        kept=KEPT,
        administrators=administrators,
        apart={post.person for share in administrators for post in share.posts},
        rows=rows,
        following=following,
        sought=sought,
        locked=locked,
        names=names,
        wrong=tuple(wrong),
        about=about,
        invited=invited,
        link=link,
        done=done,
        whom=whom,
    )


def _revoke(browsers: Browsers) -> Answer:
    form = browsers.form
    require_known(form, ("client", "id"))
    client, token = _client("client", form.get("client", "")), form.get("id", "")
    if not client:
        raise Malformed(Fault(field="client", code="required"))
    token_id = _identifier("id", token) or None
    try:
        revoked = browsers.uses.administration.revoke(browsers.actor(), client, token_id)
    except NotYours:
        return _tokens(browsers, 404)
    return go_and_tell(browsers, TOKENS, REVOKED if revoked else "nothing")


def _tokens(browsers: Browsers, status: int = 200) -> Response:
    """Return the list of tokens; with 404 after an act on one that is none."""
    at = urls.one(request.args, "after")
    client, _, token = at.rpartition("~")
    after = (_client("after", client), _identifier("after", token)) if at else None
    look = browsers.look()
    rows = [*browsers.uses.administration.tokens(look.actor, after, AT_ONCE + 1)]
    further = rows[AT_ONCE - 1 :] if len(rows) > AT_ONCE else []
    return page(
        browsers,
        "tokens.html",
        status,
        absent=status != HTTPStatus.OK,
        rows=rows[:AT_ONCE],
        following=f"{further[0].client}~{further[0].id or ''}" if further else "",
        done=just_done(browsers),
    )


def _deeds(browsers: Browsers) -> Response:
    at = urls.one(request.args, "before")
    if at and not _NUMBER.fullmatch(at):
        raise Malformed(Fault(field="before", code="bad_cursor"))
    look = browsers.look()
    before = int(at) if at else None
    rows = [*browsers.uses.administration.deeds(look.actor, before, AT_ONCE + 1)]
    names = Names(look)
    people = (one for row in rows for one in (row.person, row.subject))
    names.want(*(one for one in people if one and look.organisation.has_person(one)))
    administrators = shares(look, names)
    names.look_up(browsers.uses.boards.sources.reads)
    return page(
        browsers,
        "deeds.html",
        what=WHAT,
        tried=TRIED,
        on_record=on_record,
        administrators=administrators,
        rows=rows[:AT_ONCE],
        following=rows[AT_ONCE - 1].id if len(rows) > AT_ONCE else 0,
        names=names,
    )


def _client(field: str, text: str) -> str:
    """Return what may be a client's name.

    Raises:
        Malformed: it is too long, or holds what no text does.
    """
    if len(text) > MOST_CLIENT or not text.isprintable():
        raise Malformed(Fault(field=field, code="not_an_identifier"))
    return text


def _identifier(field: str, text: str) -> str:
    """Return *text*, an id or nothing.

    Raises:
        Malformed: it is something else.
    """
    if text and not is_identifier(text):
        raise Malformed(Fault(field=field, code="not_an_identifier"))
    return text
