"""/v1/cycles: opening a year's appraisal, and seeing how far it has come."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import orjson
from flask import Response, request
from marshmallow import ValidationError, validates_schema

from schemas.complaints import Complaint
from schemas.document import spell
from schemas.fields import Identifier, Pattern, StrictBool, StrictInt, StrictSchema
from schemas.instants import instant
from schemas.said import told
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import REPLAYED, Answer, of_file
from services.workflow.adapters.http.context import correlation, use_cases
from services.workflow.adapters.http.pages import MOST, Cursor, cut
from services.workflow.adapters.http.parsing import NO_QUERY, CommandBlueprint, Expansion, QueryInt
from services.workflow.adapters.http.problems import require_id
from services.workflow.application import papers, workbooks
from services.workflow.application.asking import fingerprint, require_key
from services.workflow.application.cycles import Preview, counts_of
from services.workflow.application.lacking import Lacking
from services.workflow.application.ports import CycleRow, Key
from services.workflow.application.round_closing import version_of
from services.workflow.application.round_report import Model, Sums
from services.workflow.application.wayfinding import Names
from services.workflow.domain.authority import Actor
from services.workflow.domain.case.head import Case

ROUND = (
    r"\d{4}(-Q[1-4]|-(0[1-9]|1[0-2]))?",
    "not_an_identifier",
    ("轮次，如 2019、2019-Q3、2019-07", "a round, such as 2019, 2019-Q3, 2019-07"),
)

_BINARY = {"type": "string", "format": "binary"}

blueprint = CommandBlueprint("cycles", __name__, description="周期 · cycles")


class CycleBody(StrictSchema):
    """Which scheme, for which unit and everything below it, and which round.

    `year` is the older spelling of a round that is a year. With `dry_run` nothing is opened, and
    the answer says what would be, and what would be lacking.
    """

    scheme = Identifier(required=True)
    unit = Identifier(required=True)
    round = Pattern(*ROUND)
    year = StrictInt(least=2000, most=2100)
    dry_run = StrictBool()

    @validates_schema(skip_on_field_errors=False)
    def _names_one(self, data: Mapping[str, Any], **_: Any) -> None:
        if ("round" in data) == ("year" in data):
            code = "too_many" if "year" in data else "required"
            raise ValidationError(
                {"year": [Complaint(code, "round 或 year 之一", "one of round and year")]}
            )


class CycleQuery(Expansion):
    """Which cycles; all given conditions hold together."""

    scheme = Identifier()
    unit = Identifier()  # the one it was opened for
    year = QueryInt(least=2000, most=2100)
    limit = QueryInt(least=1, most=MOST, load_default=50)
    after = Cursor()


@blueprint.route("/v1/cycles", methods=["POST"])
@operation("cycle.open")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(CycleBody())
@blueprint.doc(parameters=[documents.OPTIONAL_KEY, documents.ON_BEHALF_OF])
@blueprint.response(201, documents.CYCLE, headers=documents.REPLAYED)
@blueprint.alt_response(
    200, schema=documents.CYCLE_PREVIEW, description="dry_run: what would be opened, and lacking"
)
def open_cycle(_query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Open a cycle and a review per unit in scope, all or nothing; the same again is 409"""
    by, given = actor(), request.headers.get("Idempotency-Key")
    asked = (by, body["scheme"], body["unit"], body.get("round") or str(body["year"]))
    if body.pop("dry_run", False):
        return Answer(200, orjson.dumps(_preview(use_cases().cycles.preview(*asked)))).response()
    key = None if given is None else _key(given, by, body)
    opened = use_cases().cycles.open(*asked, correlation(), key)
    view = orjson.dumps(cycle_view(opened.row) | _coverage(opened.row))
    return Answer(201, view, headers=(REPLAYED,) if opened.replayed else ()).response()


@blueprint.route("/v1/cycles", methods=["GET"])
@operation("cycle.list")
@blueprint.arguments(CycleQuery(), location="query")
@blueprint.response(200, documents.CYCLES)
def list_cycles(query: dict[str, Any]) -> Response:
    """List the cycles you may read, the newest first"""
    asked = {name: query[name] for name in ("scheme", "unit", "year") if name in query}
    found = [
        row
        for row in use_cases().wayfinding.cycles(actor())
        if all(getattr(row, name) == value for name, value in asked.items())
    ]
    page, following = cut("cycles", found, _id, query["limit"], query.get("after"))
    names = use_cases().wayfinding.names(actor()) if "expand" in query else None
    items = [cycle_view(row, names) for row in page]
    listed = {"items": items, "next": following, "total": len(found)}
    return Answer(200, orjson.dumps(listed)).response()


@blueprint.route("/v1/cycles/<cycle>", methods=["GET"])
@operation("cycle.read")
@blueprint.arguments(Expansion(), location="query")
@blueprint.response(200, documents.CYCLE, headers=documents.ETAG)
def get_cycle(query: dict[str, Any], cycle: str) -> Response:
    """Read a cycle and how far each tier has come"""
    view = use_cases().cycles.view(actor(), require_id(cycle))
    names = use_cases().wayfinding.names(actor()) if "expand" in query else None
    coverage = {tier: dict(counts) for tier, counts in view.coverage.items()}
    told = cycle_view(view.row, names) | {
        "coverage": coverage,
        "lacking": _lacking(view.lacking, names),
    }
    return Answer(200, orjson.dumps(told), headers=(cycle_tag(view.row),)).response()


@blueprint.route("/v1/cycles/<cycle>/outcome", methods=["GET"])
@operation("cycle.read")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, documents.ROUND_REPORT)
def get_report(_query: dict[str, Any], cycle: str) -> Response:
    """Read how a round went: covered, grades, returns, late, models, and what is still open"""
    found = use_cases().round_reports.of(actor(), require_id(cycle))
    told = {
        "cycle": found.rules.cycle.id,
        "round": found.rules.cycle.label,
        "at": instant(found.at),
        "sums": [_sum(one) for one in found.sums],
        "n_escalated": found.n_escalated,
        "n_open": found.n_open,
        "n_models": found.n_models,
        "whole": found.is_whole,
        "lacking": _lacking(found.lacking, None),
        "models": [_model(one) for one in found.models],
        "open": [_open(one) for one in found.open],
    }
    return Answer(200, orjson.dumps(told)).response()


@blueprint.route("/v1/cycles/<cycle>/outcome.xlsx", methods=["GET"])
@operation("cycle.read")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, _BINARY, content_type=workbooks.MEDIA)
def get_report_workbook(_query: dict[str, Any], cycle: str) -> Response:
    """Take how a round went as a workbook, a sheet for each table"""
    cases, by, found = use_cases(), actor(), require_id(cycle)
    look, named = cases.boards.look(by, cases.now()), cases.wayfinding.names(by) is not None
    return of_file(cases.round_papers.workbook(look, found, named=named))


@blueprint.route("/v1/cycles/<cycle>/outcome.docx", methods=["GET"])
@operation("cycle.read")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, _BINARY, content_type=papers.MEDIA)
def get_report_paper(_query: dict[str, Any], cycle: str) -> Response:
    """Take how a round went as a paper, set by the standard for official papers"""
    cases, by, found = use_cases(), actor(), require_id(cycle)
    look, named = cases.boards.look(by, cases.now()), cases.wayfinding.names(by) is not None
    return of_file(cases.round_papers.paper(look, found, named=named))


def _sum(one: Sums) -> dict[str, Any]:
    counts = (
        "expected",
        "n",
        "n_completed",
        "n_carried",
        "n_open",
        "n_late",
        "n_returned",
        "n_returns",
    )
    return {
        "kind": one.kind.name,
        "tier": one.life.tier or None,
        "label": one.life.label or one.kind.label,
        **{name: getattr(one, name) for name in counts},
        "grades": {name: dict(counted) for name, counted in one.grades.items()},
    }


def _model(one: Model) -> dict[str, Any]:
    told = {"flag": one.flag, "note": one.note, "by": one.by, "position": one.position}
    return _case(one.case) | told


def _open(case: Case) -> dict[str, Any]:
    due = None if case.due_at is None else instant(case.due_at)
    return _case(case) | {"state": case.state, "due_at": due}


def _case(case: Case) -> dict[str, Any]:
    return {name: getattr(case, name) for name in ("id", "kind", "number", "unit", "person")}


def _lacking(lacking: Iterable[Lacking], names: Names | None) -> list[dict[str, Any]]:
    return [
        ({} if names is None else {"unit_name": names.unit(one.unit)})
        | {
            "unit": one.unit,
            "kind": one.kind,
            "tier": one.tier or None,
            "reason": one.reason or None,
            "rule": one.rule or None,
            "exempt": one.is_exempt,
        }
        for one in lacking
    ]


def _id(row: CycleRow) -> str:
    return row.id


def _key(given: str, by: Actor, body: dict[str, Any]) -> Key:
    """Return the key of an opening; without one nothing opens twice either: see `cycle_exists`."""
    print_of = fingerprint("/v1/cycles", by.person, body)
    return Key(client=by.client, key=require_key(given), fingerprint=print_of)


def _preview(preview: Preview) -> dict[str, Any]:
    faults = [
        {"path": spell(path), "reason": told(reason, "zh")} for path, reason in preview.faults
    ]
    gaps = [asdict(gap) for gap in preview.gaps]
    return cycle_view(preview.row) | _coverage(preview.row) | {"faults": faults, "gaps": gaps}


def _coverage(row: CycleRow) -> dict[str, Any]:
    return {"coverage": {sort.name: counts_of(sort) for sort in row.kinds}}


def cycle_tag(row: CycleRow) -> tuple[str, str]:
    """Return the header that says which version of a cycle it is."""
    return "ETag", f'"{version_of(row)}"'


def cycle_view(row: CycleRow, names: Names | None = None) -> dict[str, Any]:
    """Return a cycle as clients see it."""
    return ({} if names is None else {"unit_name": names.unit(row.unit)}) | {
        "id": row.id,
        "scheme": row.scheme,
        "scheme_hash": row.scheme_hash,
        "calendar_hash": row.calendar_hash,
        "unit": row.unit,
        "round": row.label,
        "year": row.year,
        "opened_at": instant(row.opened_at),
        "closed_at": None if row.closed_at is None else instant(row.closed_at),
    }
