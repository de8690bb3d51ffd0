"""Commands of the workflow service: `python -m services.workflow COMMAND`.

Exit status 0: yes, done. 1: no; refused, or something was found. 2: not used as meant.
"""

import argparse
import json
import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from schemas.document import Fault, Faults
from schemas.limits import is_identifier
from schemas.readiness import Part
from services.workflow.adapters import clock, server
from services.workflow.adapters.database import SchemaOutdated, migrate
from services.workflow.adapters.files import organisation_file, scheme_file
from services.workflow.application.sequencing import LogForked
from services.workflow.audit import Known, NotKnown
from services.workflow.audit.ed25519 import new_key
from services.workflow.bootstrap import Parts, configure_logging
from services.workflow.domain.organisation import lines
from services.workflow.domain.reasons import sentence
from services.workflow.domain.refusals import Conflict, Refused
from services.workflow.domain.scheme import show
from services.workflow.inspection import Report, adopt, inspect, kept_notes, notes_in, rebuild
from services.workflow.settings import SettingsRefused, read_settings

SCOPES = ("read", "trigger", "act-for", "log", "notify", "admin")
Arguments = argparse.Namespace


class Misuse(Exception):
    """What was given is not what the command is for (exit 2)."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = _parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except SettingsRefused as refused:
        return _refused(arguments, [f"setting: {fault}" for fault in refused.faults])
    except Faults as refused:
        return _refused(arguments, [_spell(fault) for fault in refused.faults])
    except Misuse as refused:
        _refused(arguments, [str(refused)])
        return 2
    except (LogForked, SchemaOutdated) as refused:
        return _refused(arguments, [str(refused)])
    except Conflict as refused:
        return _refused(arguments, [sentence(refused.blocker, "zh")[0]])
    except Refused as refused:
        return _refused(arguments, [f"{type(refused).__name__}: {refused}"])
    return status


# --- Commands ---


def _migrate(arguments: Arguments) -> int:
    settings = read_settings()
    migrate(settings.migration_database_url, settings.database_url)
    return _say(arguments, {"migrated": True}, ["数据库已是本版本的结构"])


def _key_new(arguments: Arguments) -> int:
    private, public = new_key(arguments.name)
    if arguments.out is None:
        print(f"public key, for auditors: {public}", file=sys.stderr)
        return _say(arguments, {"private": private, "public": public}, [private])
    # Never over an existing key: the log it signed could not be continued.
    try:
        descriptor = os.open(arguments.out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        return _refused(arguments, [f"{arguments.out}: {error.strerror}"])
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(private + "\n")
    return _say(arguments, {"public": public}, [public])


def _key_show(arguments: Arguments) -> int:
    public = str(_parts().key.public)
    return _say(arguments, {"public": public}, [public])


def _organisation_import(arguments: Arguments) -> int:
    file, parts = organisation_file.load(Path(arguments.file)), _parts()
    imports = parts.imports
    if not arguments.dry_run:
        parts.check_log()
    changes = imports.compare(file) if arguments.dry_run else imports.run(file)
    told = list(lines(changes))
    return _say(arguments, {"changed": bool(changes), "lines": told}, told)


def _token_create(arguments: Arguments) -> int:
    parts = _parts()
    organisation = parts.directory.current()
    unit = arguments.unit or organisation.root
    if unit is None or organisation.unit(unit) is None:
        return _refused(arguments, [f"unit {unit}: not in the organisation; import it first"])
    token = parts.accounts.create_token(arguments.client, frozenset(arguments.scope), unit)
    return _say(arguments, {"token": token}, [token])


def _token_revoke(arguments: Arguments) -> int:
    n = _parts().accounts.revoke_token(arguments.client)
    if not n:
        return _refused(arguments, [f"no token of {arguments.client}"])
    return _say(arguments, {"revoked": n}, [f"{n} revoked"])


def _account_invite(arguments: Arguments) -> int:
    parts = _parts()
    if not parts.directory.current().has_person(arguments.person):
        return _refused(arguments, [f"person {arguments.person}: not in the organisation"])
    secret = parts.accounts.invite(arguments.person)
    link = f"{parts.settings.public_url.rstrip('/')}/invitation/{secret}"
    return _say(arguments, {"link": link}, [link])


def _scheme_check(arguments: Arguments) -> int:
    faults = scheme_file.check(_text(arguments.file), arguments.file)
    told = [_spell(fault) for fault in faults] or [f"{arguments.file}: 无误"]
    _say(arguments, {"faults": [asdict(fault) for fault in faults]}, told)
    return 1 if faults else 0


def _scheme_show(arguments: Arguments) -> int:
    shown = show(scheme_file.load(_text(arguments.file), arguments.file))
    return _say(arguments, {"markdown": shown}, [shown])


def _serve(_: Arguments) -> int:
    parts = _parts()
    parts.check_log()
    settings = parts.settings
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
            "services.workflow.adapters.http.loop:ShortWay",
            host=settings.host,
            port=settings.port,
            processes=settings.processes,
        )
    return 0


def _sequence(_: Arguments) -> int:
    parts = _parts()
    parts.check_log()
    with parts.answering("sequencer_bind", parts.keeping_parts):
        parts.sequencer.run(_until_asked())
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
        return _refused(arguments, [f"--from {first}: nothing behind {published} is published yet"])
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


def _audit_verify(arguments: Arguments) -> int:
    parts, known = _parts(), _known(arguments)
    given = arguments.checkpoint
    outside = kept_notes(parts) if given is None else _notes(given)
    # An empty key is no key: never the service's own in place of the one an auditor meant.
    key = str(parts.key.public) if arguments.key is None else arguments.key
    report = inspect(parts, outside, key, known, thorough=arguments.thorough)
    if known.left:
        places = ", ".join(map(str, known.left))
        raise Misuse(f"{arguments.known}: there is no such broken event at position {places}")
    return _report(arguments, report)


def _audit_rebuild(arguments: Arguments) -> int:
    n, cured = rebuild(_parts())
    told = [f"{n} events replayed"]
    told += [f"{name}: {n_rows} made anew" for name, n_rows in asdict(cured).items() if n_rows]
    return _say(arguments, {"events": n, **asdict(cured)}, told)


def _checkpoint_adopt(arguments: Arguments) -> int:
    known = _known(arguments)
    others = [] if arguments.checkpoint is None else _notes(arguments.checkpoint)
    done = adopt(_parts(), others, known)
    if isinstance(done, Report):
        _report(arguments, done)
        return 1
    told = [f"库外检查点从第 {done.size} 条重新开始"]
    if done.aside is not None:
        told.append(f"原文件移至 {done.aside}")
    aside = None if done.aside is None else str(done.aside)
    return _say(arguments, {"size": done.size, "aside": aside}, told)


def _report(arguments: Arguments, report: Report) -> int:
    """Tell what was looked at and found; return the exit status."""
    summary, found = report.summary, report.findings
    answer = {
        "size": summary.size,
        "root": summary.root.hex(),
        "streams": summary.n_streams,
        "signed": summary.signed_size,
        "outside": summary.n_outside,
        "pending": report.pending,
        "carried": summary.n_carried,
        "known": summary.n_known,
        "findings": found,
    }
    told = [f"{one['code']}  {_place(one)}  {one['detail']}" for one in found]
    told.append(
        f"{summary.size} 条记录，{summary.n_streams} 条流；检查点覆盖 {summary.signed_size} 条，"
        f"库外检查点 {summary.n_outside} 个，待编号 {report.pending} 条；发现 {len(found)} 处"
    )
    if summary.n_carried:
        told.append(f"{summary.n_carried} 条属于本版本不解读的流：已计入散列，未解读")
    if summary.n_known:
        told.append(f"{summary.n_known} 条为已登记的旧版不合规记录")
    told.append(f"root {summary.root.hex()}")
    _say(arguments, answer, told)
    return 1 if found else 0


# --- What commands share ---


def _parts() -> Parts:
    configure_logging()
    return Parts(read_settings())


def _position(text: str) -> int:
    if re.fullmatch(r"[1-9]\d{0,17}", text, re.ASCII) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no position: 1, 2, 3 …")
    return int(text)


def _until_asked() -> threading.Event:
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    return asked


def _known(arguments: Arguments) -> Known:
    """Return the broken events that are known, as `--known` names them."""
    if arguments.known is None:
        return Known()
    try:
        return Known.parse(_given(arguments.known))
    except NotKnown as error:
        raise Misuse(f"{arguments.known}: {error}") from error


def _notes(file: str) -> list[str]:
    notes = notes_in(_given(file))
    if not notes:
        raise Misuse(f"{file}: holds no checkpoint")
    return notes


def _given(file: str) -> str:
    """Return what is in a file of evidence; one that cannot be read was not meant so."""
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misuse(f"{file}: cannot be read: {error}") from error


def _text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        raise Faults([Fault(file=file, line=0, path="", reason=reason)]) from error
    except UnicodeDecodeError as error:
        raise Faults([Fault(file=file, line=0, path="", reason="is not UTF-8 text")]) from error


def _spell(fault: Fault) -> str:
    return str(fault)


def _place(found: dict[str, Any]) -> str:
    parts = (found.get("position"), found.get("stream"), found.get("version"))
    return " ".join(str(part) for part in parts if part is not None)


def _say(arguments: Arguments, answer: dict[str, Any], told: Iterable[str]) -> int:
    if arguments.json:
        print(json.dumps(answer, ensure_ascii=False, default=str))
    else:
        for line in told:
            print(line)
    return 0


def _client_name(text: str) -> str:
    if not is_identifier(text):  # every event that a client brings names it
        raise argparse.ArgumentTypeError("a name is 1–64 of A–Z a–z 0–9 . _ -")
    return text


def _refused(arguments: Arguments, faults: list[str]) -> int:
    if arguments.json:
        print(json.dumps({"faults": faults}, ensure_ascii=False))
    else:
        for fault in faults:
            print(fault, file=sys.stderr)
    return 1


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
    command(
        group("organisation", "units, people, posts"),
        "import",
        _organisation_import,
        "record what a file changes",
        ("file", {}),
        ("--dry-run", {"action": "store_true", "help": "print the difference only"}),
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
    scheme = group("scheme", "scheme files")
    command(scheme, "check", _scheme_check, "name every fault of a scheme file", ("file", {}))
    command(scheme, "show", _scheme_show, "show a scheme per tier", ("file", {}))
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
        _audit_verify,
        "hold log, checkpoints and read model against each other",
        checkpoint,
        ("--key", {"metavar": "VKEY", "help": "public key; default: that of the signing key"}),
        ("--thorough", {"action": "store_true", "help": "read each event in full once more"}),
        known,
    )
    command(
        audit, "rebuild", _audit_rebuild, "make anew what follows from the events: tree, read model"
    )
    command(
        group("checkpoint", "the checkpoints kept outside", audit),
        "adopt",
        _checkpoint_adopt,
        "begin the file outside anew, if all the log is whole",
        checkpoint,
        known,
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
