# ruff: noqa: ARG002 -- the signatures are marshmallow's and webargs'
"""Arguments for flask-smorest, read by our rules: strict JSON, no unknown and no repeated names."""

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Request
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, ValidationError, fields
from webargs.flaskparser import FlaskParser

from schemas.complaints import Complaint, Fault, complaints
from schemas.fields import Choice, StrictInt, StrictSchema
from schemas.said import both
from services.workflow.adapters.http.bodies import BULK_BYTES, read_json
from services.workflow.adapters.http.documents import ON_BEHALF_OF
from services.workflow.adapters.http.problems import malformed
from services.workflow.application.asking import COMMAND_BYTES

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,15})", re.ASCII)


class StrictParser(FlaskParser):
    """Reads bodies and query strings; whatever is wrong with them is a 400 with every fault."""

    DEFAULT_VALIDATION_STATUS = 400
    DEFAULT_UNKNOWN_BY_LOCATION = {"json": None, "query": RAISE}  # noqa: RUF012 -- webargs' own

    def __init__(self, most_bytes: int) -> None:
        super().__init__()
        self._most_bytes = most_bytes

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return the body's value."""
        return read_json(req.environ, self._most_bytes)

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """Return the query's names and values; a repeated name would hide one of its values."""
        lists = dict(req.args.lists())
        repeated = [name for name, values in lists.items() if len(values) > 1]
        if repeated:
            raise malformed(*(Fault(field=name, code="repeated") for name in repeated))
        return {name: values[0] for name, values in lists.items()}

    def handle_error(self, error: ValidationError, req: Any, schema: Any, **_: Any) -> NoReturn:
        """Raise the problem that lists every fault."""
        messages = error.messages
        if isinstance(messages, dict) and len(messages) == 1:  # {"json": …}, {"query": …}
            messages = next(iter(messages.values()))
        raise malformed(*complaints(ValidationError(messages))) from error


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """Routes that may be called on behalf of a person, and say so in their description."""

    def __init__(self, name: str, import_name: str, **rest: Any) -> None:
        super().__init__(name, import_name, **rest)
        self._prepare_doc_cbks.append(self._prepare_person_doc)

    def _store_endpoint_docs(self, endpoint: str, *about: Any, **rest: Any) -> None:
        """Name each operation, as generated clients do: after its blueprint and its function."""
        super()._store_endpoint_docs(endpoint, *about, **rest)
        for name, doc in self._docs[endpoint].items():
            if name != "parameters":
                doc.setdefault("manual_doc", {})["operationId"] = f"{self.name}_{endpoint}"

    @staticmethod
    def _prepare_person_doc(doc: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
        return doc | {"parameters": [*doc.get("parameters", []), ON_BEHALF_OF]}


class CommandBlueprint(ApiBlueprint):
    """Routes whose bodies are one command's size."""

    ARGUMENTS_PARSER = StrictParser(COMMAND_BYTES)


class BulkBlueprint(ApiBlueprint):
    """Routes that take many at once."""

    ARGUMENTS_PARSER = StrictParser(BULK_BYTES)


class QueryInt(StrictInt):
    """An integer in a query string: plain ASCII digits."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        whole = isinstance(value, str) and _INTEGER.fullmatch(value)
        return super()._deserialize(int(value) if whole else value, attr, data, **kwargs)


class QueryBool(fields.Boolean):
    """`true` or `false` in a query string."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        if value not in ("true", "false"):
            raise ValidationError(Complaint("not_a_boolean", *both("true or false")))
        return bool(value == "true")


class Expansion(StrictSchema):
    """What is wanted beside ids: names, for who may see them."""

    expand = Choice(("names",))


class NoQuery(StrictSchema):
    """A route without query parameters."""


NO_QUERY = NoQuery()
