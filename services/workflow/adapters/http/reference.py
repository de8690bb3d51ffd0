"""The pages that are made: problems, OpenAPI, schemas of events and files, what schemes say.

`python -m services.workflow.adapters.http.reference docs/reference` writes all; tests hold the
committed pages to what the code says.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import yaml
from flask import Flask

from schemas.document import read_document
from schemas.facts import EVENTS
from schemas.file_schemas import calendar_file, policy_file
from schemas.json_schema import event_schema
from services.workflow import schemes
from services.workflow.adapters.http.app import create_app
from services.workflow.adapters.http.context import UseCases
from services.workflow.domain.language import schema as scheme
from services.workflow.domain.language.loading import load
from services.workflow.domain.language.showing import show
from services.workflow.domain.organisation import schema as organisation
from services.workflow.domain.reasons import REASONS, WARNINGS

PROBLEMS, OPENAPI, EVENT_SCHEMAS, SCHEMES = "problems.md", "openapi.json", "events", "schemes"
FILES = {  # that people write, and editors complete
    "scheme.schema.json": scheme.json_schema,
    "organisation.schema.json": organisation.json_schema,
    "policy.schema.json": policy_file,
    "calendar.schema.json": calendar_file,
}


def problems_page() -> str:
    """Return the registry of codes as Markdown, in order of status and code."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Problems and reasons"
    yield ""
    yield (
        "Every answer that is not a success is `application/problem+json` (RFC 9457) with `type`, "
        "`title`, `status`, `code` and, where there is more to say, `errors[{field, code, reason, "
        "accepted}]`. Branch on `code`; the sentences may be worded better at any time. `title` is "
        "Chinese unless `Accept-Language` prefers English. The same codes stand in refusals in the "
        "log. A 409 also has `state`, `version` and `allowed_triggers`; `not_fulfilled` stands for "
        "several different reasons, all of them in `errors`."
    )
    yield ""
    yield "This page is made from the code: `services/workflow/domain/reasons.json`."
    yield ""
    yield "| status | code | 说明 | 如何满足 | reason | would pass if |"
    yield "|---|---|---|---|---|---|"
    for code, reason in sorted(REASONS.items(), key=lambda item: (item[1].status, item[0])):
        cells = (reason.zh, reason.zh_if or "–", reason.en, reason.en_if or "–")
        yield f"| {reason.status} | `{code}` | " + " | ".join(map(_cell, cells)) + " |"
    yield ""
    yield "## Warnings"
    yield ""
    yield "Told to the auditor with a report; they refuse nothing."
    yield ""
    yield "| code | 说明 | meaning |"
    yield "|---|---|---|"
    for code, (zh, en) in sorted(WARNINGS.items()):
        yield f"| `{code}` | {_cell(zh)} | {_cell(en)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def openapi(app: Flask) -> str:
    """Return the API's description as *app* serves it."""
    described: dict[str, Any] = app.extensions["flask-smorest"]["apis"][""][
        "ext_obj"
    ].spec.to_dict()
    return json.dumps(described, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def event_schemas() -> dict[str, str]:
    """Return the JSON Schema of each type of event, by the name of its file."""
    return {
        f"{type_}.json": json.dumps(event_schema(type_), indent=2) + "\n"
        for type_ in EVENTS.types()
    }


def files() -> dict[str, str]:
    """Return the JSON Schema of each sort of file, by the name of its own."""
    return {
        name: json.dumps(made(), ensure_ascii=False, indent=1) + "\n"
        for name, made in FILES.items()
    }


def shown_schemes() -> dict[str, str]:
    """Return what each shipped scheme says, in both languages, by the name of its page."""
    found = {}
    folder = Path(schemes.__file__).parent
    for file in sorted((*folder.glob("*.yaml"), *folder.glob("examples/*.yaml"))):
        if file.name != f"{file.stem.partition('.')[0]}.yaml":
            continue  # a policy or an organisation
        scheme = load(read_document(file.read_text(encoding="utf-8"), yaml.compose))
        for language in ("zh", "en"):
            found[f"{file.stem}.{language}.md"] = show(scheme, language) + "\n"
    return found


class _Nothing:
    """Stands for the use cases where routes are described and none is called."""

    accounts = None


def described_app() -> Flask:
    """Return the API without anything behind it."""
    return create_app(cast("UseCases", _Nothing()))


def write(folder: Path) -> None:
    """Write all pages into *folder*."""
    (folder / PROBLEMS).write_text(problems_page(), encoding="utf-8")
    (folder / OPENAPI).write_text(openapi(described_app()), encoding="utf-8")
    for name, text in files().items():
        (folder / name).write_text(text, encoding="utf-8")
    for name, text in shown_schemes().items():
        (folder / SCHEMES / name).write_text(text, encoding="utf-8")
    for name, text in event_schemas().items():
        (folder / EVENT_SCHEMAS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
