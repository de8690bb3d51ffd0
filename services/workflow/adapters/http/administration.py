"""Administration over HTTP: people and posts one by one, sign-ins, tokens, and what was done.

What is said again changes nothing, so no Idempotency-Key is asked for; `dry_run` tells what would
change and records nothing.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response

from schemas.fields import Code, Day, Identifier, StrictBool, StrictInt, StrictSchema, Text
from schemas.instants import instant
from schemas.limits import UNIT_NAME
from schemas.said import told
from services.workflow.adapters.http import cursors, documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.context import correlation, language, use_cases
from services.workflow.adapters.http.pages import MOST, Cursor, place
from services.workflow.adapters.http.parsing import NO_QUERY, CommandBlueprint, QueryBool, QueryInt
from services.workflow.application.places import DEEDS, IDS, TOKENS
from services.workflow.domain.organisation.editing import Edit, Section
from services.workflow.domain.refusals import NotYours

PERSON_TOLD = ("name", "email", "wecom", "dingtalk", "feishu")

blueprint = CommandBlueprint("administration", __name__, description="管理 · administration")


class WhoQuery(StrictSchema):
    """Somebody of the organisation."""

    person = Identifier(required=True)


class PersonQuery(WhoQuery):
    """Somebody to take out of the organisation."""

    dry_run = QueryBool()


class PostKey(WhoQuery):
    """What names one post."""

    unit = Identifier(required=True)
    role = Code(required=True)
    since = Day(required=True, data_key="from")


class PostQuery(PostKey):
    """A post to take back."""

    dry_run = QueryBool()


class PersonBody(WhoQuery):
    """All that is known of a person: what is not told is forgotten."""

    name = Text(most=UNIT_NAME, required=True)
    email = Text(most=254)
    wecom = Text(most=128)
    dingtalk = Text(most=128)
    feishu = Text(most=128)
    dry_run = StrictBool()
    version = StrictInt(least=0, most=2**31 - 1)


class PostBody(PostKey):
    """A post; both days count, and without the last one it is held until further notice."""

    until = Day()
    dry_run = StrictBool()
    leave_open_cases = StrictBool()
    version = StrictInt(least=0, most=2**31 - 1)


class ListQuery(StrictSchema):
    """A page of a list."""

    limit = QueryInt(least=1, most=MOST, load_default=50)
    after = Cursor()


class AccountsQuery(ListQuery):
    """Whose sign-ins: who is called so, or those that are locked."""

    q = Text(most=64)
    locked = QueryBool()


class LockBody(WhoQuery):
    """Whether somebody is locked out."""

    locked = StrictBool(required=True)


class TokenQuery(StrictSchema):
    """A client's tokens, or one of them."""

    client = Text(most=200, required=True)  # a release before took any name for a client
    id = Identifier()


@blueprint.route("/v1/staff", methods=["GET"])
@operation("staff.read")
@blueprint.arguments(WhoQuery(), location="query")
@blueprint.response(200, documents.MEMBER)
def get_member(query: dict[str, Any]) -> Response:
    """Read what is known of a person, and all posts they hold or held"""
    found = use_cases().staffing.member(actor(), query["person"])
    if found is None:
        raise NotYours(query["person"])
    posts = [
        {
            "unit": post.unit,
            "role": post.role,
            "from": post.since.isoformat(),
            "until": post.until.isoformat() if post.until else None,
        }
        for post in found.posts
    ]
    return _answer({"person": found.id, "details": found.details, "posts": posts})


@blueprint.route("/v1/staff/people", methods=["PUT"])
@operation("staff.change")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(PersonBody())
@blueprint.response(200, documents.STAFFED)
def put_person(_query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Take a person in, or tell anew what is known of them"""
    told_of = {key: body[key] for key in PERSON_TOLD if body.get(key)}
    return _changed("people", {"id": body["person"], **told_of}, body)


@blueprint.route("/v1/staff/people", methods=["DELETE"])
@operation("staff.change")
@blueprint.arguments(PersonQuery(), location="query")
@blueprint.response(200, documents.STAFFED)
def delete_person(query: dict[str, Any]) -> Response:
    """Take a person out who never held a post"""
    return _changed("people", {"id": query["person"]}, query, dropped=True)


@blueprint.route("/v1/staff/posts", methods=["PUT"])
@operation("staff.change")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(PostBody())
@blueprint.response(200, documents.STAFFED)
def put_post(_query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Give somebody a post, or move its last day"""
    until = {"until": body["until"].isoformat()} if "until" in body else {}
    return _changed("posts", _key(body) | until, body)


@blueprint.route("/v1/staff/posts", methods=["DELETE"])
@operation("staff.change")
@blueprint.arguments(PostQuery(), location="query")
@blueprint.response(200, documents.STAFFED)
def delete_post(query: dict[str, Any]) -> Response:
    """Take a post back that has not begun"""
    return _changed("posts", _key(query), query, dropped=True)


def _key(asked: Mapping[str, Any]) -> dict[str, str]:
    return {
        "person": asked["person"],
        "unit": asked["unit"],
        "role": asked["role"],
        "from": asked["since"].isoformat(),
    }


def _changed(
    section: Section, entry: Mapping[str, str], asked: Mapping[str, Any], *, dropped: bool = False
) -> Response:
    done = use_cases().staffing.change(
        actor(),
        Edit(section=section, entry=entry, dropped=dropped),
        correlation(),
        version=asked.get("version"),
        rehearse=asked.get("dry_run", False),
        leave_open_cases=asked.get("leave_open_cases", False),
    )
    return _answer(
        {
            "changed": done.changed,
            "lines": [*done.lines],
            "left": [told(one, language()) for one in done.left],
            "void": [told(one, language()) for one in done.void],
            "warnings": [told(one, language()) for one in done.warnings],
            "version": done.version,
        }
    )


@blueprint.route("/v1/accounts", methods=["GET"])
@operation("accounts.read")
@blueprint.arguments(AccountsQuery(), location="query")
@blueprint.response(200, documents.ACCOUNTS)
def list_accounts(query: dict[str, Any]) -> Response:
    """Read who may sign in, who is invited, who is locked out, and who is signed in now"""
    (after,) = place("accounts", query.get("after"), IDS) or (None,)
    rows, following = use_cases().administration.listed(
        actor(), query.get("q", ""), after, query["limit"], locked=query.get("locked", False)
    )
    items = [
        {
            "person": row.person,
            "has_password": row.has_password,
            "locked": row.locked_at is not None,
            "locked_until": _at(row.locked_until),
            "invited_until": _at(row.invited_until),
            "n_sessions": row.n_sessions,
            "seen_at": _at(row.seen_at),
        }
        for row in rows
    ]
    cursor = cursors.encode("accounts", following) if following else None
    return _answer({"items": items, "next": cursor})


@blueprint.route("/v1/accounts/lock", methods=["PUT"])
@operation("accounts.keep")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(LockBody())
@blueprint.response(200, documents.ACCOUNT_KEPT)
def put_lock(_query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Lock somebody out and end their sessions, or let them sign in again"""
    keep = use_cases().administration
    act = keep.lock if body["locked"] else keep.unlock
    return _answer({"changed": act(actor(), body["person"])})


@blueprint.route("/v1/accounts/sessions", methods=["DELETE"])
@operation("accounts.keep")
@blueprint.arguments(WhoQuery(), location="query")
@blueprint.response(200, documents.ACCOUNT_KEPT)
def delete_sessions(query: dict[str, Any]) -> Response:
    """Sign somebody out everywhere"""
    ended = use_cases().administration.end_sessions(actor(), query["person"])
    return _answer({"changed": ended > 0})


@blueprint.route("/v1/accounts/invitation", methods=["POST"])
@operation("accounts.keep")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(WhoQuery())
@blueprint.response(201, documents.INVITED)
def post_invitation(_query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Make a one-time link to set a password; it is told this once, an earlier one works no more"""
    secret = use_cases().administration.invite(actor(), body["person"])
    return _answer({"path": f"/invitation/{secret}"}, 201)


@blueprint.route("/v1/tokens", methods=["GET"])
@operation("accounts.read")
@blueprint.arguments(ListQuery(), location="query")
@blueprint.response(200, documents.TOKENS)
def list_tokens(query: dict[str, Any]) -> Response:
    """Read which tokens let programs in, or did; none of them can be shown again"""
    limit, after = query["limit"], place("tokens", query.get("after"), TOKENS)
    rows = use_cases().administration.tokens(actor(), after, limit + 1)
    items = [
        {
            "id": row.id,
            "client": row.client,
            "scopes": sorted(row.scopes),
            "unit": row.unit,
            "created_at": instant(row.created_at),
            "revoked_at": _at(row.revoked_at),
        }
        for row in rows[:limit]
    ]
    last = rows[limit - 1] if len(rows) > limit else None
    cursor = cursors.encode("tokens", last.client, last.id or "") if last else None
    return _answer({"items": items, "next": cursor})


@blueprint.route("/v1/tokens", methods=["DELETE"])
@operation("accounts.keep")
@blueprint.arguments(TokenQuery(), location="query")
@blueprint.response(200, documents.ACCOUNT_KEPT)
def delete_token(query: dict[str, Any]) -> Response:
    """Revoke a client's tokens, or one of them; the next request with it is refused"""
    n = use_cases().administration.revoke(actor(), query["client"], query.get("id"))
    return _answer({"changed": n > 0})


@blueprint.route("/v1/deeds", methods=["GET"])
@operation("deeds.read")
@blueprint.arguments(ListQuery(), location="query")
@blueprint.response(200, documents.DEEDS)
def list_deeds(query: dict[str, Any]) -> Response:
    """Read what was done to sign-ins, tokens, people and posts, and channels tried, newest first"""
    limit = query["limit"]
    (before,) = place("deeds", query.get("after"), DEEDS) or (None,)
    rows = use_cases().administration.deeds(actor(), before, limit + 1)
    items = [
        {
            "at": instant(row.at),
            "client": row.client,
            "person": row.person,
            "what": row.what,
            "subject": row.subject,
            "detail": row.detail,
        }
        for row in rows[:limit]
    ]
    cursor = cursors.encode("deeds", rows[limit - 1].id) if len(rows) > limit else None
    return _answer({"items": items, "next": cursor})


def _at(moment: Any) -> str | None:
    return None if moment is None else instant(moment)


def _answer(told_of: Mapping[str, Any], status: int = 200) -> Response:
    return Answer(status, orjson.dumps(told_of)).response()
