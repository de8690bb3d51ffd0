"""Shapes of answers about bulletins."""

from marshmallow import fields

from schemas.fields import (
    Code,
    HexHash,
    Identifier,
    Instant,
    ListOf,
    ObjectOf,
    Pattern,
    StrictInt,
    StrictSchema,
    Uuid,
)
from schemas.limits import CASE_NUMBER
from services.workflow.adapters.http.documents.cases import MOST


class BulletinHead(StrictSchema):
    """Which bulletin, and to whom it goes."""

    id = Uuid(required=True)
    number = Pattern(CASE_NUMBER, "not_an_identifier", required=True)
    unit = Identifier(required=True)
    name = Code(required=True)
    label = fields.String(required=True)
    range = Code(required=True)
    range_label = fields.String(required=True)


class CorrectedSince(StrictSchema):
    """A grade in a row of the content, from 1, was corrected by the event at `position`.

    `row` is null where the content does not tell the cases apart: one of those counted.
    """

    row = StrictInt(least=1, required=True, allow_none=True)
    position = StrictInt(least=1, required=True, allow_none=True)


class BulletinView(BulletinHead):
    """A bulletin: `content` is what was composed for its range, null where it was erased.

    `sha256` is what the event at `position` commits to; `corrected` says which of its grades were
    corrected since, where the range sees grades.
    """

    sha256 = HexHash(required=True)
    position = StrictInt(least=1, required=True, allow_none=True)
    published_by = Identifier(required=True, allow_none=True)
    published_at = Instant(required=True)
    corrected = ListOf(ObjectOf(CorrectedSince), most=MOST, required=True)
    content = fields.Dict(required=True, allow_none=True)


class BulletinList(StrictSchema):
    """A page of the bulletins whose range one is in; one may be short and have a next one."""

    next = fields.String(required=True, allow_none=True)
    items = ListOf(ObjectOf(BulletinHead), most=MOST, required=True)
