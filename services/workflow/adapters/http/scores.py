"""Figures and places: how a case's grade came about, and who stands where."""

from dataclasses import asdict
from typing import Any

import orjson
from flask import Response

from schemas.fields import Code, Identifier, StrictSchema
from schemas.limits import NEXT_OF_QUOTA
from services.workflow.adapters.http import cursors, documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.context import use_cases
from services.workflow.adapters.http.pages import MOST, Cursor, bad_cursor_for, place
from services.workflow.adapters.http.parsing import NO_QUERY, CommandBlueprint, QueryInt
from services.workflow.adapters.http.problems import require_id
from services.workflow.application.places import IDS, BadPlace
from services.workflow.application.ranking import Limit, Ranks, Stretch
from services.workflow.domain.case.ranking import Place

blueprint = CommandBlueprint("scores", __name__, description="得分、等次、名次 · scores and places")


class PlacesQuery(StrictSchema):
    """Under which grading; the first of the scheme, if none is named."""

    grading = Code()
    limit = QueryInt(least=1, most=MOST, load_default=50)
    after = Cursor()


class RankingQuery(PlacesQuery):
    """Among which cases; all given conditions hold together."""

    kind = Code()
    tier = Identifier()
    unit = Identifier()  # with its subtree


@blueprint.route("/v1/cases/<case>/figures", methods=["GET"])
@operation("case.read")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, documents.SCORED)
def get_figures(_query: dict[str, Any], case: str) -> Response:
    """Read how a case's figures came about, from the counts of a poll to the grade"""
    _, told = use_cases().scored.view(actor(), require_id(case))
    return Answer(200, orjson.dumps(told)).response()


@blueprint.route("/v1/cases/<case>/ranking", methods=["GET"])
@operation("case.read")
@blueprint.arguments(PlacesQuery(), location="query")
@blueprint.response(200, documents.RANKING)
def get_ranking_of_case(query: dict[str, Any], case: str) -> Response:
    """Read the places of the cases that a case, such as a meeting, is about"""
    grading, of = query.get("grading", ""), require_id(case)
    with bad_cursor_for(BadPlace):
        found = use_cases().ranking.of_case(actor(), of, grading, _stretch(query))
    return _answer(found)


@blueprint.route("/v1/cycles/<cycle>/ranking", methods=["GET"])
@operation("case.list")
@blueprint.arguments(RankingQuery(), location="query")
@blueprint.response(200, documents.RANKING)
def get_ranking(query: dict[str, Any], cycle: str) -> Response:
    """Read the places of a round's cases, or of those of a tier, or at and below a unit"""
    among = {name: query[name] for name in ("kind", "tier", "unit", "grading") if name in query}
    with bad_cursor_for(BadPlace):
        found = use_cases().ranking.of_round(
            actor(), require_id(cycle), **among, stretch=_stretch(query)
        )
    return _answer(found)


def _stretch(query: dict[str, Any]) -> Stretch:
    after = place("ranking", query.get("after"), IDS)
    return Stretch(after=None if after is None else after[0], limit=query["limit"])


def _answer(found: Ranks) -> Response:
    last = found.places[-1].case.id if found.has_more and found.places else None
    told = {
        "grading": found.grading.name,
        "label": found.grading.label or found.grading.name,
        "items": [_place(found, one) for one in found.places],
        "quotas": [_quota(one) for one in found.limits],
        "n_graded": found.page.n_graded,
        "total": found.page.total,
        "next": last and cursors.encode("ranking", last),
    }
    return Answer(200, orjson.dumps(told)).response()


def _place(found: Ranks, one: Place) -> dict[str, Any]:
    graded = one.case.graded
    figure = None if graded is None or graded.figure is None else f"{graded.figure:.2f}"
    return {
        "place": one.place,
        **{name: getattr(one.case, name) for name in ("id", "number", "unit", "person", "tier")},
        "figure": figure,
        "grade": graded and graded.name,
        "grade_label": graded and found.label(graded.name),
        "uncapped": graded and graded.uncapped,
    }


def _quota(one: Limit) -> dict[str, Any]:
    now = one.standing
    told = asdict(now) | {
        "next": [case.number for case in now.next[:NEXT_OF_QUOTA]],
        "n_next": len(now.next),
    }
    return {
        "name": one.quota.name,
        "clause": one.quota.clause or None,
        "unit": one.unit,
        "grades": list(one.quota.grades),
        **told,
    }
