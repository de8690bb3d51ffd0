"""Commands of the workflow service: `python -m services.workflow COMMAND`.

Exit status 0: yes, done. 1: no; refused, or something was found. 2: not used as meant.
"""

import argparse
import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from schemas.document import Faults
from schemas.limits import is_identifier
from schemas.readiness import Part
from schemas.said import language_of
from services.workflow.adapters import clock, server
from services.workflow.adapters.database import SchemaOutdated, migrate
from services.workflow.adapters.files.new_file import write_secret
from services.workflow.application.sequencing import LogForked
from services.workflow.audit.ed25519 import new_key
from services.workflow.audit_commands import run_adopt, run_rebuild, run_verify
from services.workflow.bootstrap import Parts, configure_logging
from services.workflow.console import Arguments, Misuse, refused, say
from services.workflow.domain.reasons import sentence
from services.workflow.domain.refusals import Conflict, Refused
from services.workflow.draw_commands import run_draw_verify
from services.workflow.inspection import refold
from services.workflow.organisation_commands import (
    run_absent,
    run_delegate,
    run_organisation_export,
    run_organisation_import,
)
from services.workflow.scheme_commands import as_day, run_check, run_diff, run_show, run_try
from services.workflow.settings import Settings, SettingsRefused, read_settings
from services.workflow.text_commands import publish_shipped, run_import, run_list

SCOPES = ("read", "trigger", "act-for", "log", "notify", "admin")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = _parser().parse_args(argv)
    arguments.reader = language_of(os.environ)
    try:
        status: int = arguments.run(arguments)
    except SettingsRefused as error:
        return refused(arguments, [f"setting: {fault}" for fault in error.faults])
    except Faults as error:
        return refused(arguments, [str(fault.told(arguments.reader)) for fault in error.faults])
    except Misuse as error:
        return refused(arguments, [str(error)], status=2)
    except (LogForked, SchemaOutdated) as error:
        return refused(arguments, [str(error)])
    except Conflict as error:
        return refused(arguments, [sentence(error.blocker, "zh")[0]])
    except Refused as error:
        return refused(arguments, [f"{type(error).__name__}: {error}"])
    except SQLAlchemyError as error:
        # Not the error's own text: it may hold the database's password.
        reason = type(getattr(error, "orig", None) or error).__name__
        return refused(arguments, [f"the database refused: {reason}"])
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return refused(arguments, [f"{where}{error.strerror or error}"])
    return status


# --- Commands ---


def _migrate(arguments: Arguments) -> int:
    settings = read_settings()
    # By the owner of the database: the service's own role may not be able to come in from here.
    parts = _parts(replace(settings, database_url=settings.migration_database_url))
    migrate(settings.migration_database_url, settings.database_url)
    try:
        refold(parts)
        published = publish_shipped(parts)
    finally:
        parts.database.close()
    answer = {
        "migrated": True,
        "published": [{"kind": one.kind, "id": one.id, "hash": one.hash} for one in published],
    }
    told = [f"已发布 {one.kind} {one.id} {one.hash}" for one in published]
    return say(arguments, answer, ["数据库已是本版本的结构", *told])


def _key_new(arguments: Arguments) -> int:
    try:
        private, public = new_key(arguments.name)
    except ValueError as error:
        raise Misuse(f"--name: {error}") from error
    if arguments.out is None:
        print(f"public key, for auditors: {public}", file=sys.stderr)
        return say(arguments, {"private": private, "public": public}, [private])
    write_secret(Path(arguments.out), private + "\n")
    return say(arguments, {"public": public}, [public])


def _key_show(arguments: Arguments) -> int:
    public = str(_parts().key.public)
    return say(arguments, {"public": public}, [public])


def _token_create(arguments: Arguments) -> int:
    parts = _migrated()
    organisation = parts.directory.current()
    unit = arguments.unit or organisation.root
    if unit is None or organisation.unit(unit) is None:
        return refused(arguments, [f"unit {unit}: not in the organisation; import it first"])
    token = parts.accounts.create_token(arguments.client, frozenset(arguments.scope), unit)
    return say(arguments, {"token": token}, [token])


def _token_revoke(arguments: Arguments) -> int:
    n = _migrated().accounts.revoke_token(arguments.client)
    if not n:
        return refused(arguments, [f"no token of {arguments.client}"])
    return say(arguments, {"revoked": n}, [f"{n} revoked"])


def _account_invite(arguments: Arguments) -> int:
    parts = _migrated()
    if not parts.directory.current().has_person(arguments.person):
        return refused(arguments, [f"person {arguments.person}: not in the organisation"])
    secret = parts.accounts.invite(arguments.person)
    link = f"{parts.settings.public_url.rstrip('/')}/invitation/{secret}"
    return say(arguments, {"link": link}, [link])


def _serve(_arguments: Arguments) -> int:
    parts = _parts()
    parts.check_log()
    settings = parts.settings
    if settings.embedded:
        _ = parts.key  # the worker signs: without a key it would end, again and again
    parts.database.close()  # the worker processes connect for themselves
    with (
        TemporaryDirectory(prefix="shuping-figures-") as counted,
        parts.answering("metrics_bind", parts.watching.parts, counted),
    ):
        # Whichever of them a scrape would meet knows its own requests only; so all of them count
        # in files of this folder, and this process tells the sum.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counted
        server.serve(
            "services.workflow.bootstrap:asgi",
            f"services.workflow.adapters.http.ways:{settings.way.title()}Way",
            host=settings.host,
            port=settings.port,
            processes=settings.processes,
        )
    return 0


def _sequence(_: Arguments) -> int:
    parts = _parts()
    parts.check_log()
    sequencer = parts.sequencer  # without a key nothing is begun
    with parts.answering("sequencer_bind", parts.keeping_parts):
        stop = _until_asked()
        for name, run in parts.unattended().items():
            threading.Thread(target=run, args=(stop,), name=name, daemon=True).start()
        sequencer.run(stop)
    return 0


def _relay(arguments: Arguments) -> int:
    # Imported here: without Kafka nothing of it is loaded.
    from services.workflow.adapters.kafka import Relay, run_as_process  # noqa: PLC0415

    parts = _parts()
    if not parts.settings.kafka_bootstrap:
        raise SettingsRefused(["SHUPING_KAFKA_BOOTSTRAP: the relay needs brokers"])
    parts.check_log()
    first, published = arguments.again_from, parts.database.relay.cursor()
    if first is not None and first > published + 1:
        return refused(arguments, [f"--from {first}: nothing behind {published} is published yet"])
    relay = Relay(
        parts.database.relay,
        parts.settings.kafka,
        owner=f"{socket.gethostname()}:{os.getpid()}",
        now=clock.system_now,
        make_topics=arguments.create_topics,
        again_from=first,
    )

    def told() -> dict[str, Part]:
        return {**parts.watching.parts(), "kafka": relay.status.part()}

    with parts.answering("relay_bind", told, figures=relay.status.figures):
        return run_as_process(relay)


# --- What commands share ---


def _parts(settings: Settings | None = None) -> Parts:
    configure_logging()
    parts = Parts(settings or read_settings())
    try:
        parts.now()
    except (OSError, ValueError) as error:
        file = parts.settings.clock_file
        raise SettingsRefused([f"SHUPING_CLOCK_FILE: no instant in {file}"]) from error
    return parts


def _migrated() -> Parts:
    """Return the parts over a database that is there, at this release."""
    parts = _parts()
    parts.database.check_schema()
    return parts


def _position(text: str) -> int:
    if re.fullmatch(r"[1-9]\d{0,17}", text, re.ASCII) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no position: 1, 2, 3 …")
    return int(text)


def _with_parts(run: Callable[[Parts, Arguments], int]) -> Callable[[Arguments], int]:
    return lambda arguments: run(_migrated(), arguments)


def _until_asked() -> threading.Event:
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    return asked


def _client_name(text: str) -> str:
    if not is_identifier(text):  # every event that a client brings names it
        raise argparse.ArgumentTypeError("a name is 1–64 of A–Z a–z 0–9 . _ -")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.workflow", description=__doc__)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="answer in JSON, for machines")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        group: Any, name: str, run: Any, help_: str, *arguments: tuple[str, dict[str, Any]]
    ) -> None:
        added = group.add_parser(name, help=help_, parents=[shared])
        for argument, options in arguments:
            added.add_argument(argument, **options)
        added.set_defaults(run=run)

    def group(name: str, help_: str, above: Any = commands) -> Any:
        added = above.add_parser(name, help=help_)
        return added.add_subparsers(required=True, metavar="COMMAND")

    command(commands, "migrate", _migrate, "bring the database to this release")
    key = group("key", "the key that signs the log")
    command(key, "show", _key_show, "print the public key, for auditors")
    command(
        key,
        "new",
        _key_new,
        "make a key; prints the private one, or with --out writes it and prints the public one",
        ("--name", {"default": "shuping", "help": "origin of the checkpoints"}),
        ("--out", {"help": "file for the private key; never overwritten"}),
    )
    organisation = group("organisation", "units, people, posts")
    command(
        organisation,
        "export",
        lambda arguments: run_organisation_export(_migrated(), arguments),
        "print the file of what is known",
    )
    command(
        organisation,
        "import",
        lambda arguments: run_organisation_import(_migrated(), arguments),
        "record what a file changes",
        ("file", {}),
        (
            "--leave-open-cases",
            {"action": "store_true", "help": "though open cases lose their unit or holder"},
        ),
        ("--dry-run", {"action": "store_true", "help": "print the difference only"}),
    )
    for_a_time: tuple[tuple[str, dict[str, Any]], ...] = (
        ("--from", {"dest": "since", "required": True, "type": as_day, "help": "first day"}),
        ("--until", {"required": True, "type": as_day, "help": "last day, inclusive"}),
        ("--revoke", {"action": "store_true", "help": "it is to hold no more"}),
        ("--dry-run", {"action": "store_true", "help": "print the difference only"}),
    )
    command(
        organisation,
        "delegate",
        lambda arguments: run_delegate(_migrated(), arguments),
        "record who stands in for whom, in which roles, for a time",
        ("--deputy", {"required": True, "help": "who stands in"}),
        ("--person", {"required": True, "help": "for whom"}),
        ("--unit", {"required": True, "help": "where that person holds the roles"}),
        ("--role", {"action": "append", "required": True, "help": "repeatable"}),
        *for_a_time,
    )
    command(
        organisation,
        "absent",
        lambda arguments: run_absent(_migrated(), arguments),
        "record who is away, for a time",
        ("--person", {"required": True}),
        *for_a_time,
    )
    token = group("token", "tokens of client systems")
    command(
        token,
        "create",
        _token_create,
        "print a new token, once",
        ("--client", {"required": True, "type": _client_name}),
        ("--scope", {"action": "append", "required": True, "choices": SCOPES}),
        ("--unit", {"help": "its subtree only; default: the root"}),
    )
    command(
        token, "revoke", _token_revoke, "end a client's tokens", ("--client", {"required": True})
    )
    command(
        group("account", "people who sign in"),
        "invite",
        _account_invite,
        "print a one-time link to set a password",
        ("--person", {"required": True, "metavar": "ID"}),
    )
    command(
        group("draw", "draws"),
        "verify",
        run_draw_verify,
        "decide a draw again from its file: no database, no network",
        ("file", {}),
        ("--key", {"metavar": "VKEY", "help": "public key of the log, to check who signed"}),
    )
    scheme = group("scheme", "scheme files")
    laid = (
        ("--organisation", {"metavar": "FILE", "help": "an organisation to lay it over"}),
        ("--day", {"type": as_day, "help": "the organisation as it is then; default: at opening"}),
    )
    worded = ("--language", {"choices": ("zh", "en"), "default": "zh"})
    before = {"action": "append", "default": [], "help": "a scheme before it, held against it"}
    command(
        scheme,
        "check",
        run_check,
        "name every fault of a scheme file",
        ("file", {}),
        *laid,
        ("--follows", {"metavar": "FILE", **before}),
    )
    command(
        scheme, "show", run_show, "show a scheme per kind and tier", ("file", {}), worded, *laid
    )
    command(
        scheme,
        "diff",
        run_diff,
        "tell what changes from one scheme to another, and for whom",
        ("old", {}),
        ("new", {}),
        worded,
        ("--organisation", {"metavar": "FILE", "help": "an organisation, for what it calls roles"}),
    )
    command(
        scheme,
        "try",
        run_try,
        "play a scheme in memory: every end, every side way, every loss",
        ("file", {}),
        ("--organisation", {"metavar": "FILE", "help": "default: a small one, made up for it"}),
        ("--seed", {"type": int, "default": 0, "help": "who comes first, of those who may"}),
    )
    groups = {
        "scheme": scheme,
        "calendar": group("calendar", "calendars of working days"),
        "policy": group("policy", "policies: who is told what, when"),
    }
    for kind, texts in groups.items():
        command(
            texts,
            "import",
            _with_parts(partial(run_import, kind)),
            f"publish the {kind} in a file",
            ("file", {}),
            *(laid if kind == "scheme" else ()),
            ("--dry-run", {"action": "store_true", "help": "tell what would change only"}),
        )
        command(
            texts,
            "list",
            _with_parts(partial(run_list, kind)),
            "list what was published, the newest first",
        )
    command(commands, "serve", _serve, "serve the API and the pages")
    command(commands, "sequence", _sequence, "give positions, sign checkpoints (PostgreSQL)")
    command(
        commands,
        "relay",
        _relay,
        "publish the log to Kafka",
        ("--create-topics", {"action": "store_true"}),
        (
            "--from",
            {
                "dest": "again_from",
                "metavar": "POSITION",
                "type": _position,
                "help": "publish again from there on, to the topic that is there now",
            },
        ),
    )
    audit = group("audit", "prove the log")
    checkpoint = (
        "--checkpoint",
        {"metavar": "FILE", "help": "checkpoints that you kept outside"},
    )
    known = (
        "--known",
        {"metavar": "FILE", "help": "broken events that are known: positions and leaf hashes"},
    )
    command(
        audit,
        "verify",
        _with_parts(run_verify),
        "hold log, checkpoints and read model against each other",
        checkpoint,
        ("--key", {"metavar": "VKEY", "help": "public key; default: that of the signing key"}),
        ("--thorough", {"action": "store_true", "help": "read each event in full once more"}),
        known,
    )
    command(
        audit,
        "rebuild",
        _with_parts(run_rebuild),
        "make anew what follows from the events: tree, read model",
    )
    command(
        group("checkpoint", "the checkpoints kept outside", audit),
        "adopt",
        _with_parts(run_adopt),
        "begin the file outside anew, if all the log is whole",
        checkpoint,
        known,
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
