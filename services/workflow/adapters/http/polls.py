"""/v1/cases/…/polls: slips, the paper, closing and the tally, for who holds a poll."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from flask import Response, request

from schemas import limits
from schemas.fields import (
    Code,
    ListOf,
    MapOf,
    ObjectOf,
    StrictBool,
    StrictInt,
    StrictSchema,
    Text,
)
from schemas.limits import CODE, SLIPS
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer, of_outcome
from services.workflow.adapters.http.ballots import GivenAnswer, GivenComment
from services.workflow.adapters.http.context import correlation, language, use_cases
from services.workflow.adapters.http.parsing import NO_QUERY, BulkBlueprint
from services.workflow.adapters.http.problems import blocker_view, not_found, require_id
from services.workflow.adapters.http.resource import CASES
from services.workflow.application.asking import Circumstances, fingerprint, require_key
from services.workflow.application.ballots.paper_sheets import SUMS
from services.workflow.application.ballots.polls import MOST_AT_ONCE, Marked
from services.workflow.application.ballots.sight import Here
from services.workflow.application.ballots.telling import told_own_sheet, told_polls
from services.workflow.application.cells import WORDS
from services.workflow.domain.ballots import sheet
from services.workflow.domain.ballots.reconciling import OnPaper, Papers
from services.workflow.domain.refusals import Blocker, Invalid

_ALL = "/v1/cases/<case>/polls"
_ONE = f"{_ALL}/<poll>"
_NAME = re.compile(CODE, re.ASCII)
_IN_A_PLACE = re.compile(r"[^.; ]+")  # what stands in `members.n_paper; members.…`
_MARKED = ("taken", "used", "before", "otherwise", "not_known")

blueprint = BulkBlueprint("polls", __name__, description="测评 · polls")


class SlipsBody(StrictSchema):
    """How many slips for which electorate; `anew` in place of the unused ones made before."""

    electorate = Code(required=True)
    n = StrictInt(least=1, most=MOST_AT_ONCE, required=True)
    anew = StrictBool(load_default=False)
    rehearsal = StrictBool(load_default=False)


class CodesBody(StrictSchema):
    """Check codes of slips, as printed; a slip's secret does as well."""

    codes = ListOf(Text(most=60), least=1, most=SLIPS, required=True)
    rehearsal = StrictBool(load_default=False)


class ClosingBody(StrictSchema):
    """Which poll is closed: the real one, or its rehearsal."""

    rehearsal = StrictBool(load_default=False)


class PaperBody(StrictSchema):
    """What one person counted, by electorate; another counts apart."""

    electorates = MapOf(
        Code(), ObjectOf(documents.PaperOfElectorate), most=limits.ELECTORATES, required=True
    )


class TallyBody(StrictSchema):
    """Why the slips do not add up, where they do not."""

    reason = Text(most=2000, multiline=True, allow_none=True)


class VoteBody(StrictSchema):
    """A whole sheet, under your own name; you do not judge yourself."""

    sheet = ListOf(ObjectOf(GivenAnswer), most=5_000, required=True)
    comments = ListOf(ObjectOf(GivenComment), most=5_000, load_default=list)


@blueprint.route(_ALL, methods=["GET"])
@operation("poll.read")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, documents.POLLS)
def get_polls(_query: dict[str, Any], case: str) -> Response:
    """Read the polls of a case; counts are hidden from everybody until one is told"""
    cases = use_cases()
    here = cases.polls.sight.all(actor(), require_id(case))
    told = told_polls(cases.polls.all(here), cases.polls, cases.counting)
    shown = (_shown(poll, _labels(one)) for one, poll in zip(here, told, strict=True))
    return _answer(200, {"items": list(shown)})


def _labels(here: Here) -> dict[str, str]:
    """Return what names of the poll are called: those who vote, what is asked, what is counted."""
    gradings = here.world.scheme.gradings.values()
    found = {one.name: one.label for each in gradings for one in each.grades}
    found |= {one.name: one.label for one in here.poll.sheet}
    found |= {one.name: one.label for one in here.poll.electorates}
    return {one: WORDS[one][0] for one in SUMS} | {name: one or name for name, one in found.items()}


def _labelled(blocker: Blocker, labels: Mapping[str, str]) -> Blocker:
    """Return *blocker* as it is told: in Chinese by labels, in English by the names themselves."""
    if language() == "en":
        return blocker
    params = {
        name: _IN_A_PLACE.sub(lambda found: labels.get(found[0], found[0]), told)
        for name, told in blocker.params.items()
        if name in ("electorate", "places") and isinstance(told, str)
    }
    return replace(blocker, params={**blocker.params, **params})


def _shown(told: dict[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """Return a poll with what stands in its way in the words of who asks."""
    if told["blockers"] is not None:
        told["blockers"] = [
            blocker_view(_labelled(one, labels), language()) for one in told["blockers"]
        ]
    if told.get("rehearsal") is not None:
        told["rehearsal"] = _shown(told["rehearsal"], labels)
    return told


@blueprint.route(f"{_ONE}/slips", methods=["POST"])
@operation("poll.run")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(SlipsBody())
@blueprint.response(201, documents.SLIPS)
def issue_slips(_query: dict[str, Any], body: dict[str, Any], case: str, poll: str) -> Response:
    """Make slips: they are told in this answer and never again"""
    slips = use_cases().polls.issue(
        actor(),
        require_id(case),
        named(poll),
        body["electorate"],
        body["n"],
        anew=body["anew"],
        rehearsal=body["rehearsal"],
    )
    return _answer(201, {"slips": [{"secret": one.secret, "check": one.check} for one in slips]})


@blueprint.route(f"{_ONE}/spoilt-slips", methods=["POST"])
@operation("poll.run")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(CodesBody())
@blueprint.response(200, documents.MARKED)
def spoil(_query: dict[str, Any], body: dict[str, Any], case: str, poll: str) -> Response:
    """Enter slips that were spoilt and replaced: they open nothing any more"""
    return _mark(body, case, poll, spoilt=True)


@blueprint.route(f"{_ONE}/paper-slips", methods=["POST"])
@operation("poll.run")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(CodesBody())
@blueprint.response(200, documents.MARKED)
def enter_paper(_query: dict[str, Any], body: dict[str, Any], case: str, poll: str) -> Response:
    """Enter slips that came as paper: one that a phone used before is void on paper"""
    return _mark(body, case, poll, spoilt=False)


def _mark(body: dict[str, Any], case: str, poll: str, *, spoilt: bool) -> Response:
    marked = use_cases().polls.mark(
        actor(),
        require_id(case),
        named(poll),
        body["codes"],
        spoilt=spoilt,
        rehearsal=body["rehearsal"],
    )
    return _answer(200, _told_marked(marked))


def _told_marked(marked: Marked) -> dict[str, Any]:
    return {name: list(getattr(marked, name)) for name in _MARKED}


@blueprint.route(f"{_ONE}/closing", methods=["POST"])
@operation("poll.run")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(ClosingBody())
@blueprint.response(200, documents.CLOSED)
def close_poll(_query: dict[str, Any], body: dict[str, Any], case: str, poll: str) -> Response:
    """Take no more ballots, and mix: single answers are gone for good; sent again it is the same"""
    kept = use_cases().counting.close(
        actor(), require_id(case), named(poll), rehearsal=body["rehearsal"]
    )
    return _answer(200, {"id": kept.id, "state": kept.state})


@blueprint.route(f"{_ONE}/paper-counts", methods=["PUT"])
@operation("poll.run")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(PaperBody())
@blueprint.response(200, documents.COUNTED_BY)
def count_paper(_query: dict[str, Any], body: dict[str, Any], case: str, poll: str) -> Response:
    """Enter what you counted on paper; two people do, apart from each other"""
    counted_by = use_cases().counting.count_paper(
        actor(), require_id(case), named(poll), papers_of(body["electorates"])
    )
    return _answer(200, {"counted_by": counted_by})


def papers_of(electorates: Mapping[str, Mapping[str, Any]]) -> Papers:
    """Return what was counted, as it is judged; what is said twice adds up."""
    papers = dict[str, OnPaper]()
    for name, one in electorates.items():
        counts: dict[tuple[str, str, str], int] = {}
        for cell in one["counts"]:
            key = (cell["about"], cell["question"], cell["value"])
            counts[key] = counts.get(key, 0) + cell["n"]
        papers[name] = OnPaper(
            n_paper=one["n_paper"],
            n_void=one["n_void"],
            n_returned=one["n_returned"],
            n_not_returned=one["n_not_returned"],
            counts=counts,
        )
    return papers


@blueprint.route(f"{_ONE}/tally", methods=["POST"])
@operation("poll.run")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(TallyBody())
@blueprint.doc(parameters=[documents.IDEMPOTENCY_KEY])
@blueprint.response(201, CASES.fired, headers=documents.ETAG | documents.REPLAYED)
def take_tally(_query: dict[str, Any], body: dict[str, Any], case: str, poll: str) -> Response:
    """Tell what was counted: one event of the case, and each covered case's figure"""
    key, by = require_key(request.headers.get("Idempotency-Key")), actor()
    case_id, name = require_id(case), named(poll)
    try:
        answer = use_cases().counting.tally(
            Circumstances(actor=by, correlation=correlation()),
            case_id,
            name,
            body.get("reason"),
            key,
            fingerprint(request.path, by.person, body),
        )
    except Invalid as refused:
        labels = _labels(use_cases().polls.sight.held(by, case_id, name))
        raise Invalid(tuple(_labelled(one, labels) for one in refused.blockers)) from refused
    return of_outcome(answer, language(), CASES).response()


@blueprint.route(f"{_ONE}/rehearsal", methods=["DELETE"])
@operation("poll.run")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(204)
def discard_rehearsal(_query: dict[str, Any], case: str, poll: str) -> Response:
    """Take a rehearsal away, with its slips and ballots"""
    use_cases().polls.discard(actor(), require_id(case), named(poll))
    return Response(status=204)


@blueprint.route("/v1/polls/<poll_id>/codes", methods=["GET"])
@operation("public")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, documents.USED_CODES)
def get_codes(_query: dict[str, Any], poll_id: str) -> Response:
    """Read the check codes of the slips that were used, once the poll is closed; for anybody"""
    return _answer(200, {"codes": use_cases().polls.codes(require_id(poll_id))})


@blueprint.route(f"{_ONE}/vote", methods=["GET"])
@operation("poll.cast")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, documents.OWN_SHEET)
def get_vote(_query: dict[str, Any], case: str, poll: str) -> Response:
    """Read what you are asked under your own name, and what you said, where a poll is not secret"""
    own = use_cases().voting.sheet(actor(), require_id(case), named(poll))
    return _answer(200, told_own_sheet(own))


@blueprint.route(f"{_ONE}/vote", methods=["PUT"])
@operation("poll.cast")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(VoteBody())
@blueprint.response(200, documents.OWN_VOTE)
def put_vote(_query: dict[str, Any], body: dict[str, Any], case: str, poll: str) -> Response:
    """Vote under your own name, once and for good; the same sent again is recorded still"""
    use_cases().voting.cast(
        actor(),
        require_id(case),
        named(poll),
        [sheet.Answer(**one) for one in body["sheet"]],
        [sheet.Comment(**one) for one in body["comments"]],
    )
    return _answer(200, {"recorded": True})


def named(poll: str) -> str:
    """Return *poll* if something can be called so; else there is nothing there."""
    if _NAME.fullmatch(poll) is None:
        raise not_found()
    return poll


def _answer(status: int, told: Any) -> Response:
    return Answer(status, orjson.dumps(told)).response()
