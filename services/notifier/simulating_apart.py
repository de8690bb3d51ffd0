"""What a child does that answers one simulation: it bounds itself, reads what is asked, answers.

The door's side of it is `adapters/apart.py`.
"""

import resource
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import orjson
from sqlalchemy.exc import SQLAlchemyError

from schemas.document import Fault, Faults
from schemas.said import told
from services.notifier.adapters.workflow import WorkflowClient
from services.notifier.application.foretelling import Stuck
from services.notifier.application.simulations import MOST_S, TOO_MUCH, Told
from services.notifier.bootstrap import NotMigrated
from services.notifier.changing import Change
from services.notifier.domain.errors import (
    FeedUnavailable,
    StoreUnavailable,
    WorkflowRefused,
    WorkflowUnavailable,
)
from services.notifier.settings import Settings
from services.notifier.simulate_command import (
    CHANGES,
    BadPeriod,
    TooManyNotices,
    answer_of,
    opened,
)

MOST_BYTES = 2 * 1024**3  # of memory, code and libraries included
# Of one answer, as things are and as the change would have them, each: the year of a province.
MOST_NOTICES = 100_000
_DAYS = ("from", "to")
_AWAY = (
    *(FeedUnavailable, StoreUnavailable, WorkflowRefused, WorkflowUnavailable),
    # Before anything is copied: the database does not let it in, or is being migrated.
    *(SQLAlchemyError, NotMigrated),
)


def run_apart(settings: Settings, asked: BinaryIO, answer: BinaryIO) -> int:
    """Answer the one question of this process; a line with the status, then the body."""
    _bound()
    try:
        found = _answered(settings, orjson.loads(asked.read()))
    except MemoryError:
        found = TOO_MUCH
    body = found.body if isinstance(found.body, bytes) else orjson.dumps(found.body)
    answer.write(b"%d\n%s" % (found.status, body))
    return 0


def _bound() -> None:
    for what, most in ((resource.RLIMIT_AS, MOST_BYTES), (resource.RLIMIT_CPU, MOST_S)):
        _, allowed = resource.getrlimit(what)
        least = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(what, (least, allowed))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # it would hold people's names


def _answered(settings: Settings, asked: Mapping[str, Any]) -> Told:
    since, until = (date.fromisoformat(asked[name]) if name in asked else None for name in _DAYS)
    try:
        with opened(settings) as (simulator, client), TemporaryDirectory() as folder:
            change = _change(client, asked, Path(folder))
            found = answer_of(
                simulator,
                settings,
                (since, until),
                change,
                most=MOST_NOTICES,
                notice=asked.get("words", ""),
                members=asked.get("members", ()),
            )
    except _Unknown as error:
        return _wrong(400, "unknown_text", [{"field": str(error), "code": "not_found"}])
    except Faults as error:
        return _wrong(400, "text_refused", [_fault(one) for one in error.faults])
    except BadPeriod as error:
        return _wrong(400, "bad_period", [{"field": error.field, "code": "out_of_range"}])
    except TooManyNotices:
        return _wrong(422, "too_many_notices", [{"field": "to", "code": "too_long"}])
    except Stuck:
        return _wrong(409, "stuck", [])
    except _AWAY:
        return _wrong(503, "unavailable", [])
    return Told(200, found)


class _Unknown(Exception):
    """The workflow has no such text."""


def _change(client: WorkflowClient, asked: Mapping[str, Any], folder: Path) -> Change:
    """Return the change that texts and hashes make, each read as a file of its kind is."""
    files: dict[str, Path] = {}
    for name in CHANGES:
        given = asked.get(name)
        if given is None:
            continue
        text = given["text"].encode() if "text" in given else client.text(given["hash"])
        if text is None:
            raise _Unknown(f"{name}.hash")
        files[name] = folder / name
        files[name].write_bytes(text)
    return Change.read(**files)


def _fault(one: Fault) -> dict[str, Any]:
    reason = {language: told(one.reason, language) for language in ("zh", "en")}
    where = {"line": one.line} if one.line else {}
    return {"field": one.file, "code": "faulty", "path": one.path, "reason": reason, **where}


def _wrong(status: int, code: str, errors: list[dict[str, Any]]) -> Told:
    return Told(status, {"code": code, "errors": errors})
