"""Commands: `migrate` and `run`. Exit 0 yes, 1 no, 2 misuse; `--json` for machines."""

import argparse
import json
import os
import signal
import sys
from collections.abc import MutableMapping, Sequence
from contextlib import suppress
from threading import Event
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from schemas.document import Faults
from schemas.said import language_of
from services.notifier.adapters.database import connect, migrate
from services.notifier.bootstrap import NotMigrated, build
from services.notifier.settings import SettingsFaults, read_migration_settings, read_settings

YES, NO, MISUSE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parsed = _parser().parse_args(arguments)
    try:
        return _migrate(parsed.json) if parsed.command == "migrate" else _run()
    except SettingsFaults as error:
        return _refuse(list(error.faults), as_json=parsed.json, code=MISUSE)
    except Faults as error:
        return _refuse(
            [str(fault.told(language_of(os.environ))) for fault in error.faults],
            as_json=parsed.json,
            code=MISUSE,
        )
    except NotMigrated as error:
        return _refuse([str(error)], as_json=parsed.json, code=NO)
    except SQLAlchemyError as error:
        # Not the error's own text: it may hold the database's password.
        reason = type(getattr(error, "orig", None) or error).__name__
        return _refuse([f"the database refused: {reason}"], as_json=parsed.json, code=NO)
    except OSError as error:
        return _refuse([error.strerror or str(error)], as_json=parsed.json, code=NO)


def _migrate(as_json: bool) -> int:  # noqa: FBT001
    settings = read_migration_settings(os.environ)
    engine = connect(settings.owner_url)
    try:
        migrate(engine, settings.app_url)
    finally:
        engine.dispose()
    print(json.dumps({"migrated": True}) if as_json else "the notifier's database is up to date")
    return YES


def _run() -> int:
    settings = read_settings(os.environ)
    _set_up_logs()
    notifier = build(settings)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    log = structlog.get_logger("notifier")
    log.info("started", bind=f"{settings.host}:{notifier.server.port}", feed=settings.feed)
    notifier.run(stop)
    log.info("stopped")
    return YES


def _refuse(reasons: list[str], *, as_json: bool, code: int) -> int:
    if as_json:
        print(json.dumps({"faults": reasons}, ensure_ascii=False))
    else:
        print("\n".join(reasons), file=sys.stderr)
    return code


class _Output:
    """Standard error, as far as there is room for it: a full disk costs lines, never a notice."""

    def write(self, line: str) -> None:
        with suppress(OSError):
            sys.stderr.write(line)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


def _set_up_logs() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _plain,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(_Output()),  # type: ignore[arg-type]
    )


def _plain(_logger: Any, _method: str, facts: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep control characters of foreign texts out of the log."""
    return {
        key: value.translate(_CONTROLS) if isinstance(value, str) else value
        for key, value in facts.items()
    }


_CONTROLS = dict.fromkeys([*range(32), *range(127, 160), 0x2028, 0x2029], " ")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.notifier", description="述评：提醒与督办。"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    texts = {
        "migrate": "bring the notifier's database to the present schema",
        "run": "read the log, remind and escalate, until SIGTERM",
    }
    for name, text in texts.items():
        commands.add_parser(name, help=text).add_argument(
            "--json", action="store_true", help="answer for machines"
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
