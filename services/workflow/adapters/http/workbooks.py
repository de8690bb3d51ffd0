"""Workbooks that are brought: the lists that a trigger takes, and one trigger for many cases.

What is brought for one case is read as the data of its trigger, and nothing is done. Over many it
is done, to all of them or to none; or rehearsed. And the organisation, whole.
"""

from dataclasses import asdict
from typing import Any

import orjson
from flask import Response, request

from schemas.fields import Code, HexHash, Identifier, StrictSchema
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import REPLAYED, Answer, of_file
from services.workflow.adapters.http.bodies import read_whole
from services.workflow.adapters.http.context import correlation, language, parts, use_cases
from services.workflow.adapters.http.parsing import NO_QUERY, CommandBlueprint, QueryBool, QueryInt
from services.workflow.adapters.http.problems import require_id
from services.workflow.application.asking import KEY_FIELD, Circumstances, require_key
from services.workflow.application.many_cases import Done
from services.workflow.application.places import MOST_VERSION
from services.workflow.application.workbook_cases import Purpose
from services.workflow.application.workbooks import MEDIA, WORKBOOK_BYTES

_ROUTE = "/v1/cases/<case>/workbook"
_MANY = "/v1/cycles/<cycle>/workbook"
_ORGANISATION = "/v1/organisation/workbook"
_BINARY = {"schema": {"type": "string", "format": "binary"}}

blueprint = CommandBlueprint("workbooks", __name__, description="表格 · workbooks")


class WorkbookQuery(StrictSchema):
    """For which trigger it is."""

    trigger = Code(required=True)


@blueprint.route(_ROUTE, methods=["GET"])
@operation("case.trigger")
@blueprint.arguments(WorkbookQuery(), location="query")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=MEDIA)
def get_template(query: dict[str, Any], case: str) -> Response:
    """Take the workbook to fill in for a trigger that you may fire and that takes lists"""
    return of_file(use_cases().filling.template(actor(), require_id(case), query["trigger"]))


@blueprint.route(_ROUTE, methods=["POST"])
@operation("case.trigger")
@blueprint.arguments(WorkbookQuery(), location="query")
@blueprint.doc(
    requestBody={
        "required": True,
        "description": "The workbook's own bytes: xlsx, at most 5 MiB.",
        "content": {MEDIA: _BINARY},
    }
)
@blueprint.response(200, documents.FILLED)
def read_workbook(query: dict[str, Any], case: str) -> Response:
    """Read a workbook as the data of a trigger, with every fault at its cell; nothing is done"""
    content = read_whole(request.environ, WORKBOOK_BYTES)
    found = use_cases().filling.read(actor(), require_id(case), query["trigger"], content)
    return Answer(200, orjson.dumps({"data": found.data, "n_lines": found.n_lines})).response()


class ManyQuery(StrictSchema):
    """Which trigger of which kind of case; of a unit and all below it, or of the whole round."""

    kind = Code(required=True)
    trigger = Code(required=True)
    unit = Identifier(load_default="")


class ManyBroughtQuery(ManyQuery):
    """With `dry_run`, what would be done is told, and nothing is; `seen` is what that answered."""

    dry_run = QueryBool(load_default=False)
    seen = HexHash(load_default=None)


@blueprint.route(_MANY, methods=["GET"])
@operation("bulk.trigger")
@blueprint.arguments(ManyQuery(), location="query")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=MEDIA)
def get_template_for_many(query: dict[str, Any], cycle: str) -> Response:
    """Take the workbook to fill in for one trigger of many cases: those that wait for you"""
    cases, by = use_cases(), actor()
    named = cases.wayfinding.names(by) is not None
    return of_file(cases.many_cases.template(by, _purpose(cycle, query), named=named))


@blueprint.route(_MANY, methods=["POST"])
@operation("bulk.trigger")
@blueprint.arguments(ManyBroughtQuery(), location="query")
@blueprint.doc(
    parameters=[documents.OPTIONAL_KEY, documents.ON_BEHALF_OF],
    requestBody={
        "required": True,
        "description": "The workbook's own bytes: xlsx, at most 5 MiB, at most 1,000 cases.",
        "content": {MEDIA: _BINARY},
    },
)
@blueprint.response(200, documents.BROUGHT)
def fire_by_workbook(query: dict[str, Any], cycle: str) -> Response:
    """Fire one trigger of many cases as a workbook says, all of them or none; or rehearse it"""
    by, purpose = actor(), _purpose(cycle, query)
    key = None if query["dry_run"] else require_key(request.headers.get(KEY_FIELD))
    content = read_whole(request.environ, WORKBOOK_BYTES)
    many = use_cases().many_cases
    named = use_cases().wayfinding.names(by) is not None
    circumstances = Circumstances(actor=by, correlation=correlation())

    def permit(n: int) -> None:
        parts().door.count(by, n - 1)  # the request itself is one

    if key is None:
        done = many.look(circumstances, purpose, content, permit, named=named)
    else:
        seen = query["seen"]
        done = many.act(circumstances, purpose, content, key, permit, named=named, seen=seen)
    headers = (REPLAYED,) if done.replayed else ()
    return Answer(200, orjson.dumps(_told(done)), headers=headers).response()


def _purpose(cycle: str, query: dict[str, Any]) -> Purpose:
    return Purpose(
        cycle=require_id(cycle), kind=query["kind"], trigger=query["trigger"], unit=query["unit"]
    )


def _told(done: Done) -> dict[str, Any]:
    return {
        "dry_run": done.rehearsed,
        "n_cases": done.n_lines,
        "seen": done.seen,
        "cases": [
            {
                "case": answer.case.id,
                "number": answer.case.number,
                "state": answer.case.state,
                "version": answer.case.version,
                "cell": done.cell.get(answer.case.number, ""),
            }
            for answer in done.answers
            if answer.case is not None
        ],
    }


class OrganisationQuery(StrictSchema):
    """With `dry_run` nothing is recorded; open cases that lose unit or holder are asked about."""

    dry_run = QueryBool(load_default=False)
    leave_open_cases = QueryBool(load_default=False)
    version = QueryInt(least=0, most=MOST_VERSION)


@blueprint.route(_ORGANISATION, methods=["GET"])
@operation("organisation.import")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=MEDIA)
def get_organisation_as_workbook(_query: dict[str, Any]) -> Response:
    """Take units, people and posts as a workbook: changed and brought, it is what there is to be"""
    taking = use_cases().organisation_import
    taking.require(actor())
    return of_file(taking.workbook(language()))


@blueprint.route(_ORGANISATION, methods=["POST"])
@operation("organisation.import")
@blueprint.arguments(OrganisationQuery(), location="query")
@blueprint.doc(
    requestBody={
        "required": True,
        "description": "The workbook's own bytes: xlsx, at most 5 MiB; all units, people, posts.",
        "content": {MEDIA: _BINARY},
    }
)
@blueprint.response(200, documents.ORGANISATION_TAKEN)
def import_organisation(query: dict[str, Any]) -> Response:
    """Record what a workbook changes of the organisation, all or nothing; or tell it"""
    taking, by = use_cases().organisation_import, actor()
    taking.require(by)
    content = read_whole(request.environ, WORKBOOK_BYTES)
    if query["dry_run"]:
        seen = taking.foresee(by, content, language())
    else:
        circumstances = Circumstances(actor=by, correlation=correlation())
        leaves = query["leave_open_cases"]
        seen = taking.take(
            circumstances,
            content,
            language(),
            leave_open_cases=leaves,
            version=query.get("version"),
        )
    told = {"dry_run": query["dry_run"], **asdict(seen)}
    return Answer(200, orjson.dumps(told)).response()
