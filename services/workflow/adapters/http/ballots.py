"""/v1/ballots: voting with a slip. No token, no line in any log, nothing kept but the ballot.

The secret comes in the body, never in a request line; what a phone repeats after a lost answer is
told by its own random word, and goes through no store of keys.
"""

from typing import Any

import orjson
from flask import Response, request

from schemas.fields import Code, ListOf, ObjectOf, StreamName, StrictSchema, Text
from schemas.limits import COMMENT
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import operation
from services.workflow.adapters.http.answers import Answer as Told
from services.workflow.adapters.http.casting import PATH, told_receipt
from services.workflow.adapters.http.context import use_cases
from services.workflow.adapters.http.parsing import NO_QUERY, CommandBlueprint
from services.workflow.application.ballots.telling import told_sheet
from services.workflow.domain.ballots.sheet import Answer, Comment

blueprint = CommandBlueprint("ballots", __name__, description="投票 · ballots")


class SlipBody(StrictSchema):
    """The code on a slip, however it is grouped."""

    secret = Text(most=60, required=True)


class GivenAnswer(StrictSchema):
    """What is answered to one question about one case; "" leaves it out on purpose."""

    about = StreamName(of_case=True, required=True)
    question = Code(required=True)
    value = Text(least=0, most=40, required=True)


class GivenComment(StrictSchema):
    """What is said of a case in one's own words, where the poll leaves room for it."""

    about = StreamName(of_case=True, required=True)
    text = Text(most=COMMENT, multiline=True, required=True)


class SheetBody(SlipBody):
    """A whole sheet, and a random word by which this device is told that it was taken before."""

    nonce = Text(most=64, required=True)
    sheet = ListOf(ObjectOf(GivenAnswer), most=5_000, required=True)
    comments = ListOf(ObjectOf(GivenComment), most=5_000)


@blueprint.route("/v1/ballots/sheet", methods=["POST"])
@operation("poll.vote")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(SlipBody())
@blueprint.response(200, documents.SHEET)
def read_sheet(_query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Read what a slip asks; nothing is used up"""
    sheet = use_cases().casting.sheet(body["secret"], request.remote_addr or "")
    return Told(200, orjson.dumps(told_sheet(sheet))).response()


@blueprint.route(PATH, methods=["POST"])
@operation("poll.vote")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(SheetBody())
@blueprint.response(200, documents.RECEIPT)
def cast(_query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Cast a whole sheet, once and for good; sent again by the same device, it is recorded still"""
    answers = [Answer(**one) for one in body["sheet"]]
    comments = [Comment(**one) for one in body.get("comments", ())]
    receipt = use_cases().casting.cast(
        body["secret"], body["nonce"], answers, comments, request.remote_addr or ""
    )
    return told_receipt(receipt).response()
