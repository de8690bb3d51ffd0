"""Commands of the notifier. Exit 0 yes, 1 no, 2 misuse; `--json` for machines."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, MutableMapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from schemas.document import Faults
from schemas.said import language_of, said, told
from services.notifier import simulate_command, simulating_apart
from services.notifier.adapters.database import connect, migrate
from services.notifier.application.trying import NoAddress
from services.notifier.bootstrap import NoSuchChannel, NotMigrated, build, try_channel
from services.notifier.domain.errors import NotifierError
from services.notifier.settings import SettingsFaults, read_migration_settings, read_settings
from services.notifier.simulate_command import RULES, BadPeriod, OfNoUse

YES, NO, MISUSE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parsed = _parser().parse_args(arguments)
    try:
        does: Callable[[argparse.Namespace], int] = parsed.do
        return does(parsed)
    except SettingsFaults as error:
        return _refuse(list(error.faults), as_json=parsed.json, code=MISUSE)
    except Faults as error:
        return _refuse(
            [str(fault.told(language_of(os.environ))) for fault in error.faults],
            as_json=parsed.json,
            code=MISUSE,
        )
    except (BadPeriod, OfNoUse) as error:
        reason = told(error.args[0], language_of(os.environ))
        return _refuse([reason], as_json=parsed.json, code=MISUSE)
    except (NoSuchChannel, NoAddress) as error:
        return _refuse([str(error)], as_json=parsed.json, code=MISUSE)
    except (NotMigrated, NotifierError) as error:
        return _refuse([str(error)], as_json=parsed.json, code=NO)
    except SQLAlchemyError as error:
        # Not the error's own text: it may hold the database's password.
        reason = type(getattr(error, "orig", None) or error).__name__
        return _refuse([f"the database refused: {reason}"], as_json=parsed.json, code=NO)
    except OSError as error:
        return _refuse([error.strerror or str(error)], as_json=parsed.json, code=NO)


def _migrate(parsed: argparse.Namespace) -> int:
    settings = read_migration_settings(os.environ)
    engine = connect(settings.owner_url)
    try:
        migrate(engine, settings.app_url)
    finally:
        engine.dispose()
    print(
        json.dumps({"migrated": True}) if parsed.json else "the notifier's database is up to date"
    )
    return YES


def _test(parsed: argparse.Namespace) -> int:
    outcome = try_channel(read_settings(os.environ), parsed.name, parsed.to)
    told = {"channel": parsed.name, "outcome": outcome}
    print(json.dumps(told) if parsed.json else f"{parsed.name}: {outcome}")
    return YES if outcome == "sent" else NO


def _simulate(parsed: argparse.Namespace) -> int:
    settings = read_settings(os.environ)
    if parsed.apart:
        return simulating_apart.run_apart(settings, sys.stdin.buffer, sys.stdout.buffer)
    return simulate_command.run(parsed, settings)


def _run(_parsed: argparse.Namespace) -> int:
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


def _answering(command: argparse.ArgumentParser, does: Callable[[argparse.Namespace], int]) -> None:
    command.add_argument("--json", action="store_true", help="answer for machines")
    command.set_defaults(do=does)


def _day(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError as error:
        reason = said("is no day, as 2020-01-31 is: {word}", word=word)
        raise argparse.ArgumentTypeError(told(reason, language_of(os.environ))) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.notifier", description="述评：提醒与督办。"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, does, text in (
        ("migrate", _migrate, "bring the notifier's database to the present schema"),
        ("run", _run, "read the log, remind and escalate, until SIGTERM"),
    ):
        _answering(commands.add_parser(name, help=text), does)
    simulate = commands.add_parser(
        "simulate", help="tell what will be sent to whom when, and what a change would make of it"
    )
    simulate.add_argument("--from", dest="since", metavar="DAY", type=_day)
    simulate.add_argument("--to", dest="until", metavar="DAY", type=_day)
    for name in RULES:
        simulate.add_argument(f"--{name}", metavar="FILE", type=Path, help=f"another {name}")
    simulate.add_argument(
        "--against",
        metavar="FILE",
        type=Path,
        help="a policy that is compared with, in place of the one in force",
    )
    simulate.add_argument(
        "--words", metavar="NOTICE", default="", help="print what the notice of that id will say"
    )
    simulate.add_argument(
        "--again",
        action="store_true",
        help="simulate all that was, from what people did, and hold it against the ledger",
    )
    simulate.add_argument(
        "--apart",
        action="store_true",
        help="read what is asked as JSON from standard input, and answer within bounds: the door",
    )
    _answering(simulate, _simulate)
    channel = commands.add_parser("channel", help="ways out that this installation has")
    test = channel.add_subparsers(dest="what", required=True).add_parser(
        "test", help="send one message that says it is a trial, and tell how it went"
    )
    test.add_argument("name", metavar="NAME")
    test.add_argument("--to", default="", metavar="ADDRESS", help="of the kind the channel takes")
    _answering(test, _test)
    return parser


if __name__ == "__main__":
    sys.exit(main())
