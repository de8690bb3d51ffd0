"""Answers about people, posts, sign-ins and tokens."""

from marshmallow import fields

from schemas.fields import (
    Code,
    Day,
    Identifier,
    Instant,
    ListOf,
    ObjectOf,
    StrictBool,
    StrictInt,
    StrictSchema,
    Text,
)
from services.workflow.adapters.http.documents.cases import MOST


class PostView(StrictSchema):
    """A post, held or ended; its last day counts."""

    unit = Identifier(required=True)
    role = Code(required=True)
    since = Day(required=True, data_key="from")
    until = Day(required=True, allow_none=True)


class MemberView(StrictSchema):
    """A person; without details where those were erased."""

    person = Identifier(required=True)
    details = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    posts = fields.List(fields.Nested(PostView), required=True)


class StaffedView(StrictSchema):
    """What a change of the people changes: in the words of an import, and what hangs on it."""

    changed = StrictBool(required=True)
    lines = fields.List(fields.String(), required=True)
    left = fields.List(fields.String(), required=True)
    void = fields.List(fields.String(), required=True)
    warnings = fields.List(fields.String(), required=True)
    version = StrictInt(least=0, required=True)


class AccountView(StrictSchema):
    """How somebody's sign-in stands."""

    person = Identifier(required=True)
    has_password = StrictBool(required=True)
    locked = StrictBool(required=True)
    locked_until = Instant(required=True, allow_none=True)
    invited_until = Instant(required=True, allow_none=True)
    n_sessions = StrictInt(least=0, required=True)
    seen_at = Instant(required=True, allow_none=True)


class AccountPage(StrictSchema):
    """A page of sign-ins."""

    items = ListOf(ObjectOf(AccountView), most=MOST, required=True)
    next = fields.String(required=True, allow_none=True)


class AccountKeptView(StrictSchema):
    """Whether anything moved."""

    changed = StrictBool(required=True)


class InvitedView(StrictSchema):
    """Where somebody sets their password, below the address of the pages."""

    path = fields.String(required=True)


class TokenView(StrictSchema):
    """A token, without what lets in; null as id: made by a release before."""

    id = Identifier(required=True, allow_none=True)
    client = Identifier(required=True)
    scopes = fields.List(fields.String(), required=True)
    unit = Identifier(required=True)
    created_at = Instant(required=True)
    revoked_at = Instant(required=True, allow_none=True)


class TokenPage(StrictSchema):
    """A page of tokens."""

    items = ListOf(ObjectOf(TokenView), most=MOST, required=True)
    next = fields.String(required=True, allow_none=True)


class DeedView(StrictSchema):
    """Something done to a sign-in, token, person or post, or with a channel: by whom, to whom.

    There may be further kinds of deeds with each release.
    """

    at = Instant(required=True)
    client = Identifier(required=True)
    person = Identifier(required=True, allow_none=True)
    what = Code(required=True)
    subject = Identifier(required=True)
    detail = Text(most=200, required=True, allow_none=True)  # an id, a post, what came of a trial


class DeedPage(StrictSchema):
    """A page of deeds, the newest first."""

    items = ListOf(ObjectOf(DeedView), most=MOST, required=True)
    next = fields.String(required=True, allow_none=True)
