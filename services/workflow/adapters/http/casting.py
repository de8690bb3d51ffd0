"""POST /v1/ballots without Flask around it: a hall that votes at once shares commits.

The one idea is that of `commands`: a body of the plain kind that nearly every phone sends passes a
check by hand that accepts only what the schema would (a test holds the two against each other).
Whatever is not plain, and whatever is refused, goes the long way, which has the words for it.
Nothing of who votes is logged or counted, here or there.
"""

import re
from typing import Any, Final

import orjson

from schemas.limits import CODE
from schemas.streams import CASE, RESERVED
from services.workflow.adapters.http.answers import Answer as Told
from services.workflow.adapters.http.bodies import read_json
from services.workflow.adapters.http.problems import Problem
from services.workflow.application.asking import COMMAND_BYTES
from services.workflow.application.ballots.casting import NONCE, Receipt
from services.workflow.application.ballots.together import Filled
from services.workflow.domain.ballots.sheet import Answer

PATH: Final = "/v1/ballots"
_FIELDS, _ANSWER = {"secret", "nonce", "sheet"}, {"about", "question", "value"}
_MOST_ANSWERS = 500  # on the loop, which nothing may keep waiting
_SECRET = re.compile(r"(?=.*[A-Za-z0-9])[A-Za-z0-9 -]{1,60}", re.ASCII)
_ABOUT = re.compile(f"(?!({'|'.join(RESERVED)})/){CASE}", re.ASCII)
_QUESTION = re.compile(CODE, re.ASCII)
_VALUE = re.compile(r"[a-z0-9_.]{0,40}", re.ASCII)


def plain_sheet(environ: dict[str, Any], whence: str) -> Filled | None:
    """Return the sheet that a request brings; None where it has to go the long way."""
    if environ.get("QUERY_STRING"):
        return None
    try:
        body = read_json(environ, COMMAND_BYTES)
    except Problem:
        return None
    if not is_plain(body):
        return None
    answers = [Answer(**one) for one in body["sheet"]]
    return Filled(secret=body["secret"], nonce=body["nonce"], answers=answers, whence=whence)


def is_plain(body: Any) -> bool:
    """Tell whether *body* is a secret, a nonce and answers alone, all of the plainest shape."""
    return (
        type(body) is dict
        and body.keys() == _FIELDS
        and _fits(_SECRET, body["secret"])
        and _fits(NONCE, body["nonce"])
        and type(body["sheet"]) is list
        and len(body["sheet"]) <= _MOST_ANSWERS
        and all(map(_is_plain_answer, body["sheet"]))
    )


def _is_plain_answer(one: Any) -> bool:
    return (
        type(one) is dict
        and one.keys() == _ANSWER
        and _fits(_ABOUT, one["about"])
        and _fits(_QUESTION, one["question"])
        and _fits(_VALUE, one["value"])
    )


def _fits(pattern: re.Pattern[str], value: Any) -> bool:
    return type(value) is str and pattern.fullmatch(value) is not None


def told_receipt(receipt: Receipt) -> Told:
    """Return the answer to a ballot that is in the urn."""
    told = {"recorded": True, "check": receipt.check, "poll": receipt.poll}
    return Told(200, orjson.dumps(told))
