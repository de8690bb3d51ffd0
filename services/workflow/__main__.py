"""Commands of the workflow service: `python -m services.workflow COMMAND`.

Exit status 0: yes, done. 1: no; refused, or something was found. 2: not used as meant.

A command's modules are loaded when it is given: those of all of them take two seconds.
"""

import argparse
import os
import pkgutil
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, cast

from schemas.limits import is_identifier
from schemas.said import language_of
from services.workflow.console import Arguments, as_day, refused, uncollected, untold_days

SCOPES = ("read", "trigger", "act-for", "log", "notify", "admin")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = _parser().parse_args(argv)
    arguments.reader = language_of(os.environ)
    untold = untold_days(arguments)
    if untold:
        return refused(arguments, untold)
    try:
        status: int = arguments.run(arguments)
    except Exception as error:
        why, status = _found("starting:why")(error, arguments.reader)
        if not why:
            raise
        return refused(arguments, why, status)
    return status


def _position(text: str) -> int:
    if re.fullmatch(r"[1-9]\d{0,17}", text, re.ASCII) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no position: 1, 2, 3 …")
    return int(text)


def _found(name: str) -> Callable[..., Any]:
    """Return what is at *name*, module and function of this package; it is loaded now."""
    with uncollected():  # what is loaded stays, and looking for what does not took a sixth
        return cast("Callable[..., Any]", pkgutil.resolve_name(f"services.workflow.{name}"))


def _run(name: str, *first: str) -> Callable[[Arguments], int]:
    """Return the command at *name*, to be loaded when it is given, with *first* for it."""
    return lambda arguments: _found(name)(*first, arguments)


def _over_database(name: str, *first: str) -> Callable[[Arguments], int]:
    return lambda arguments: _found(name)(*first, _found("starting:over_database")(), arguments)


def _stays(name: str) -> Callable[[Arguments], int]:
    return lambda arguments: _found(name)(_found("process_commands:answering")(), arguments)


def _client_name(text: str) -> str:
    if not is_identifier(text):  # every event that a client brings names it
        raise argparse.ArgumentTypeError("a name is 1–64 of A–Z a–z 0–9 . _ -")
    return text


Argument = tuple[str, dict[str, Any]]
_FOR_A_TIME: tuple[Argument, ...] = (
    ("--from", {"dest": "since", "required": True, "type": as_day, "help": "first day"}),
    ("--until", {"required": True, "type": as_day, "help": "last day, inclusive"}),
    ("--revoke", {"action": "store_true", "help": "it is to hold no more"}),
    ("--dry-run", {"action": "store_true", "help": "print the difference only"}),
)
_LAID: tuple[Argument, ...] = (
    ("--organisation", {"metavar": "FILE", "help": "an organisation to lay it over"}),
    ("--day", {"type": as_day, "help": "the organisation as it is then; default: at opening"}),
)
_RUNNING: tuple[Argument, ...] = (
    (
        "--running",
        {
            "choices": ("pin", "move"),
            "default": "pin",
            "help": "cases that run stay under the policy they have, or go to this one",
        },
    ),
    (
        "--until",
        {"metavar": "DAY", "type": as_day, "help": "with --dry-run, as far as it looks ahead"},
    ),
)


class _Commands:
    """Commands under one word, or under none."""

    def __init__(self, parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
        self._parsers = parser.add_subparsers(required=True, metavar="COMMAND")
        self._shared = shared

    def group(self, name: str, help_: str) -> "_Commands":
        return _Commands(self._parsers.add_parser(name, help=help_), self._shared)

    def command(
        self, name: str, run: Callable[[Arguments], int], help_: str, *arguments: Argument
    ) -> None:
        added = self._parsers.add_parser(name, help=help_, parents=[self._shared])
        for argument, options in arguments:
            added.add_argument(argument, **options)
        added.set_defaults(run=run)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.workflow", description=__doc__)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="answer in JSON, for machines")
    commands = _Commands(parser, shared)
    commands.command(
        "migrate", _run("migrate_command:run_migrate"), "bring the database to this release"
    )
    _add_key(commands)
    _add_organisation(commands)
    _add_access(commands)
    _add_draw(commands)
    _add_ballots(commands)
    _add_texts(commands)
    _add_processes(commands)
    _add_audit(commands)
    return parser


def _add_key(commands: _Commands) -> None:
    key = commands.group("key", "the key that signs the log")
    key.command("show", _run("access_commands:run_key_show"), "print the public key, for auditors")
    key.command(
        "new",
        _run("access_commands:run_key_new"),
        "make a key; prints the private one, or with --out writes it and prints the public one",
        ("--name", {"default": "shuping", "help": "origin of the checkpoints"}),
        ("--out", {"help": "file for the private key; never overwritten"}),
    )


def _add_organisation(commands: _Commands) -> None:
    organisation = commands.group("organisation", "units, people, posts")
    organisation.command(
        "export",
        _over_database("organisation_commands:run_organisation_export"),
        "print the file of what is known",
    )
    organisation.command(
        "import",
        _over_database("organisation_commands:run_organisation_import"),
        "record what a file, YAML or a workbook, changes",
        ("file", {}),
        (
            "--leave-open-cases",
            {"action": "store_true", "help": "though open cases lose their unit or holder"},
        ),
        ("--dry-run", {"action": "store_true", "help": "print the difference only"}),
    )
    organisation.command(
        "workbook",
        _over_database("organisation_commands:run_organisation_workbook"),
        "write what is known as a workbook, to be changed and imported",
        ("file", {"help": "where it is written; nothing is overwritten"}),
    )
    organisation.command(
        "delegate",
        _over_database("organisation_commands:run_delegate"),
        "record who stands in for whom, in which roles, for a time",
        ("--deputy", {"required": True, "help": "who stands in"}),
        ("--person", {"required": True, "help": "for whom"}),
        ("--unit", {"required": True, "help": "where that person holds the roles"}),
        ("--role", {"action": "append", "required": True, "help": "repeatable"}),
        *_FOR_A_TIME,
    )
    organisation.command(
        "absent",
        _over_database("organisation_commands:run_absent"),
        "record who is away, for a time",
        ("--person", {"required": True}),
        *_FOR_A_TIME,
    )


def _add_access(commands: _Commands) -> None:
    token = commands.group("token", "tokens of client systems")
    token.command(
        "create",
        _over_database("access_commands:run_token_create"),
        "print a new token, once",
        ("--client", {"required": True, "type": _client_name}),
        ("--scope", {"action": "append", "required": True, "choices": SCOPES}),
        ("--unit", {"help": "its subtree only; default: the root"}),
    )
    token.command(
        "revoke",
        _over_database("access_commands:run_token_revoke"),
        "end a client's tokens",
        ("--client", {"required": True}),
    )
    commands.group("account", "people who sign in").command(
        "invite",
        _over_database("access_commands:run_account_invite"),
        "print a one-time link to set a password",
        ("--person", {"required": True, "metavar": "ID"}),
    )


def _add_draw(commands: _Commands) -> None:
    commands.group("draw", "draws").command(
        "verify",
        _run("draw_commands:run_draw_verify"),
        "decide a draw again from its file: no database, no network",
        ("file", {}),
        ("--key", {"metavar": "VKEY", "help": "public key of the log, to check who signed"}),
    )


def _add_ballots(commands: _Commands) -> None:
    ballots = commands.group("ballots", "what was written on ballots")
    poll = ("--poll", {"required": True, "metavar": "ID", "help": "as /v1/cases/…/polls tells it"})
    ballots.command(
        "comments",
        _over_database("ballot_commands:run_comments"),
        "print what was written in a poll that is closed",
        poll,
    )
    ballots.command(
        "erase",
        _over_database("ballot_commands:run_erase"),
        "erase one of them, with a remark in the case's history",
        poll,
        ("--id", {"required": True, "metavar": "ID", "help": "as `comments` prints it"}),
        ("--reason", {"required": True, "help": "it stands in the remark"}),
    )


def _add_texts(commands: _Commands) -> None:
    scheme = commands.group("scheme", "scheme files")
    _add_scheme(scheme)
    groups = {
        "scheme": scheme,
        "calendar": commands.group("calendar", "calendars of working days"),
        "policy": commands.group("policy", "policies: who is told what, when"),
    }
    for kind, texts in groups.items():
        texts.command(
            "import",
            _over_database("text_commands:run_import", kind),
            f"publish the {kind} in a file",
            ("file", {}),
            *(_LAID if kind == "scheme" else _RUNNING if kind == "policy" else ()),
            ("--dry-run", {"action": "store_true", "help": "tell what would change only"}),
        )
        texts.command(
            "list",
            _over_database("text_commands:run_list", kind),
            "list what was published, the newest first",
        )


def _add_scheme(scheme: _Commands) -> None:
    worded = ("--language", {"choices": ("zh", "en"), "default": "zh"})
    before = {"action": "append", "default": [], "help": "a scheme before it, held against it"}
    scheme.command(
        "check",
        _run("scheme_commands:run_check"),
        "name every fault of a scheme file",
        ("file", {}),
        *_LAID,
        ("--follows", {"metavar": "FILE", **before}),
        ("--words", {"metavar": "FILE", "help": "a catalogue of what English pages say"}),
    )
    scheme.command(
        "show",
        _run("scheme_commands:run_show"),
        "show a scheme per kind and tier",
        ("file", {}),
        worded,
        *_LAID,
    )
    scheme.command(
        "diff",
        _run("scheme_commands:run_diff"),
        "tell what changes from one scheme to another, and for whom",
        ("old", {}),
        ("new", {}),
        worded,
        ("--organisation", {"metavar": "FILE", "help": "an organisation, for what it calls roles"}),
    )
    scheme.command(
        "try",
        _run("scheme_commands:run_try"),
        "play a scheme in memory: every end, every side way, every loss",
        ("file", {}),
        ("--organisation", {"metavar": "FILE", "help": "default: a small one, made up for it"}),
        ("--seed", {"type": int, "default": 0, "help": "who comes first, of those who may"}),
    )


def _add_processes(commands: _Commands) -> None:
    serve, sequence, relay = (
        _stays(f"process_commands:{name}") for name in ("run_serve", "run_sequence", "run_relay")
    )
    commands.command("serve", serve, "serve the API and the pages")
    commands.command(
        "sequence",
        sequence,
        "give positions, sign checkpoints (PostgreSQL)",
    )
    commands.command(
        "relay",
        relay,
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


def _add_audit(commands: _Commands) -> None:
    audit = commands.group("audit", "prove the log")
    checkpoint = (
        "--checkpoint",
        {"metavar": "FILE", "help": "checkpoints that you kept outside"},
    )
    known = (
        "--known",
        {"metavar": "FILE", "help": "broken events that are known: positions and leaf hashes"},
    )
    audit.command(
        "verify",
        _over_database("audit_commands:run_verify"),
        "hold log, checkpoints and read model against each other",
        checkpoint,
        ("--key", {"metavar": "VKEY", "help": "public key; default: that of the signing key"}),
        ("--thorough", {"action": "store_true", "help": "read each event in full once more"}),
        known,
    )
    audit.command(
        "rebuild",
        _over_database("audit_commands:run_rebuild"),
        "make anew what follows from the events: tree, read model",
    )
    audit.group("checkpoint", "the checkpoints kept outside").command(
        "adopt",
        _over_database("audit_commands:run_adopt"),
        "begin the file outside anew, if all the log is whole",
        checkpoint,
        known,
    )


if __name__ == "__main__":
    sys.exit(main())
