"""/v1/deputies: who stands in for whom, and who is away; told, ended and taken back by its key.

A key names one entry for good (who, where, from which day), so saying the same again changes
nothing: no Idempotency-Key is asked for.
"""

from datetime import date
from hashlib import sha256
from typing import Any

import orjson
from flask import Response

from schemas.fields import Code, Day, Identifier, ListOf, StrictSchema
from schemas.limits import WORDS
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.context import correlation, language, use_cases
from services.workflow.adapters.http.pages import MOST, Cursor, cut
from services.workflow.adapters.http.parsing import NO_QUERY, CommandBlueprint, QueryInt
from services.workflow.adapters.http.problems import blocker_view
from services.workflow.domain.organisation import Absence, Delegation
from services.workflow.domain.organisation.deputising import Wish

blueprint = CommandBlueprint("deputies", __name__, description="代理与请假 · deputies and absences")


class WhoseQuery(StrictSchema):
    """Whose; an administrator who keeps the people may leave it out and reads all."""

    person = Identifier()
    limit = QueryInt(least=1, most=MOST, load_default=50)
    after = Cursor()


class AbsenceKey(StrictSchema):
    """What names one absence."""

    person = Identifier(required=True)
    since = Day(required=True, data_key="from")


class AbsenceBody(AbsenceKey):
    """An absence; both days count."""

    until = Day(required=True)


class DelegationKey(AbsenceKey):
    """What names one delegation."""

    deputy = Identifier(required=True)
    unit = Identifier(required=True)


class DelegationBody(DelegationKey):
    """A delegation: for whom, by whom, which roles of a unit; both days count."""

    roles = ListOf(Code(), least=1, most=WORDS, required=True)
    until = Day(required=True)


@blueprint.route("/v1/deputies", methods=["GET"])
@operation("deputies.read")
@blueprint.arguments(WhoseQuery(), location="query")
@blueprint.response(200, documents.DEPUTIES)
def list_deputies(query: dict[str, Any]) -> Response:
    """Read who stands in for a person and for whom they do, and when they are away; nothing over"""
    delegations, absences = use_cases().deputies.of(actor(), query.get("person"))
    found: list[Delegation | Absence] = [*sorted(delegations, key=_key)]
    found += sorted(absences, key=_key)
    page, following = cut("deputies", found, _id, query["limit"], query.get("after"))
    listed = {
        "delegations": [Wish(entry=one).data() for one in page if isinstance(one, Delegation)],
        "absences": [Wish(entry=one).data() for one in page if isinstance(one, Absence)],
        "next": following,
        "total": len(found),
    }
    return Answer(200, orjson.dumps(listed)).response()


def _key(one: Delegation | Absence) -> tuple[str, ...]:
    return tuple(str(part) for part in one.key)


def _id(one: Delegation | Absence) -> str:
    # A key is as long as three ids, and a cursor is not.
    return sha256("\n".join(_key(one)).encode()).hexdigest()


@blueprint.route("/v1/deputies/delegations", methods=["PUT"])
@operation("deputies.record")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(DelegationBody())
@blueprint.response(200, documents.DEPUTY_RECORDED)
def put_delegation(_query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Hand roles on to a deputy, or move the last day, or before it begins the roles, of that"""
    return _recorded(Wish(entry=_delegation(body)))


@blueprint.route("/v1/deputies/delegations", methods=["DELETE"])
@operation("deputies.record")
@blueprint.arguments(DelegationKey(), location="query")
@blueprint.response(200, documents.DEPUTY_RECORDED)
def delete_delegation(query: dict[str, Any]) -> Response:
    """Take back what was handed on; what was done by then stays done in both names"""
    nothing = {"roles": [], "until": query["since"]}
    return _recorded(Wish(entry=_delegation(query | nothing), revoked=True))


@blueprint.route("/v1/deputies/absences", methods=["PUT"])
@operation("deputies.record")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(AbsenceBody())
@blueprint.response(200, documents.DEPUTY_RECORDED)
def put_absence(_query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Say that somebody is away, or move the last day of it"""
    return _recorded(Wish(entry=_absence(body)))


@blueprint.route("/v1/deputies/absences", methods=["DELETE"])
@operation("deputies.record")
@blueprint.arguments(AbsenceKey(), location="query")
@blueprint.response(200, documents.DEPUTY_RECORDED)
def delete_absence(query: dict[str, Any]) -> Response:
    """Take back that somebody is away"""
    return _recorded(Wish(entry=_absence(query | {"until": query["since"]}), revoked=True))


def _delegation(told: dict[str, Any]) -> Delegation:
    return Delegation(
        deputy=told["deputy"],
        person=told["person"],
        unit=told["unit"],
        roles=frozenset(told["roles"]),
        since=_day(told["since"]),
        until=_day(told["until"]),
    )


def _absence(told: dict[str, Any]) -> Absence:
    return Absence(person=told["person"], since=_day(told["since"]), until=_day(told["until"]))


def _day(told: date | str) -> date:
    return told if isinstance(told, date) else date.fromisoformat(told)


def _recorded(wish: Wish) -> Response:
    done = use_cases().deputies.record(actor(), wish, correlation())
    warnings = [blocker_view(one, language()) for one in done.warnings]
    answer = {"changed": done.changed, "warnings": warnings}
    return Answer(200, orjson.dumps(answer)).response()
