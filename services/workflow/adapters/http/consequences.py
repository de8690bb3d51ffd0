"""/v1/cases/…/consequences: what follows from a case, with its reason, clause and cause."""

from typing import Any

import orjson
from flask import Response

from schemas.instants import instant
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.context import language, use_cases
from services.workflow.adapters.http.parsing import NO_QUERY, CommandBlueprint
from services.workflow.adapters.http.problems import require_id
from services.workflow.application.boards.spoken import Spoken, spoken
from services.workflow.application.following import Followed, Step
from services.workflow.domain.case.following import Ground
from services.workflow.domain.case.head import Case
from services.workflow.domain.language.showing.phrases import phrases
from services.workflow.domain.language.showing.rules import told_where

blueprint = CommandBlueprint("consequences", __name__, description="后果 · consequences")


@blueprint.route("/v1/cases/<case>/consequences", methods=["GET"])
@operation("case.read")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, documents.CONSEQUENCES)
def list_consequences(_query: dict[str, Any], case: str) -> Response:
    """List what follows from a case and what once did, with reason, clause and the event behind"""
    found, scheme, followed = use_cases().following.of(actor(), require_id(case))
    vocabulary = found.organisation.vocabulary
    here = spoken(found.case, scheme, vocabulary, phrases(language()))
    items = [_view(one, here) for one in followed]
    return Answer(200, orjson.dumps({"items": items})).response()


def _view(one: Followed, here: Spoken) -> dict[str, Any]:
    rule = one.spell.consequence
    named = rule.bars or rule.proposes
    way = "bars" if rule.bars else "proposes" if rule.proposes else "opens"
    return {
        "way": way,
        "name": named.name if named else rule.opens,
        "label": named.label if named else here.case(rule.opens),
        "clause": rule.clause or None,
        "reason": told_where(rule.where, here),
        **_ground(one.spell.ground),
        "in_force": one.until is None,
        "since": _step(one.since),
        "until": None if one.until is None else _step(one.until),
        "opened": None if one.opened is None else _opened(one.opened),
    }


def _ground(ground: Ground) -> dict[str, Any]:
    grades = {
        name: {"grade": one.name, "figure": None if one.figure is None else str(one.figure)}
        for name, one in ground.grades
    }
    return {"grades": grades, "flags": list(ground.flags), "mode": ground.mode}


def _step(step: Step) -> dict[str, Any]:
    return {
        "version": step.version,
        "position": step.position,
        "trigger": step.trigger or None,
        "at": instant(step.at),
    }


def _opened(case: Case) -> dict[str, Any]:
    return {
        "case": case.stream,
        "number": case.number,
        "state": case.state,
        "final": case.final or None,
    }
