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

from schemas.checkpoint import split_notes
from schemas.document import Fault, Faults
from schemas.readiness import Part
from services.workflow.adapters import clock, server
from services.workflow.adapters.database import SchemaOutdated, migrate
from services.workflow.adapters.files import organisation_file, scheme_file
from services.workflow.adapters.files.checkpoint_file import NAME as CHECKPOINT_FILE
from services.workflow.application.auditing import Auditing
from services.workflow.application.sequencing import LogForked
from services.workflow.audit import verify, verify_texts
from services.workflow.audit.ed25519 import new_key
from services.workflow.bootstrap import Parts, configure_logging
from services.workflow.domain.organisation import lines
from services.workflow.domain.reasons import sentence
from services.workflow.domain.refusals import Conflict, Refused
from services.workflow.domain.scheme import show
from services.workflow.settings import SettingsRefused, read_settings

SCOPES = ("read", "trigger", "act-for", "log", "notify", "admin")
Arguments = argparse.Namespace


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = _parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except SettingsRefused as refused:
        return _refused(arguments, [f"setting: {fault}" for fault in refused.faults])
    except Faults as refused:
        return _refused(arguments, [_spell(fault) for fault in refused.faults])
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
        {"bootstrap_servers": list(parts.settings.kafka_bootstrap)},
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
    parts = _parts()
    outside = _outside_notes(parts, arguments.checkpoint)
    # An empty key is no key: never the service's own in place of the one an auditor meant.
    key = str(parts.key.public) if arguments.key is None else arguments.key
    latest = parts.database.sequencing.last_checkpoint()
    entries = parts.database.audit.entries()
    note = None if latest is None else latest.note
    offline = verify(entries, note, outside, key, thorough=arguments.thorough)
    found, summary = list[dict[str, Any]](), None
    while summary is None:
        try:
            found.append({k: v for k, v in asdict(next(offline)).items() if v is not None})
        except StopIteration as ended:
            summary = ended.value
    auditing = Auditing(store=parts.database.audit, rulebook=parts.rulebook)
    texts = verify_texts(parts.database.audit.texts())
    found += [{k: v for k, v in asdict(one).items() if v is not None} for one in texts]
    found += [{k: v for k, v in asdict(one).items() if v is not None} for one in auditing.compare()]
    pending = parts.database.reads.log_head()[1]
    answer = {
        "size": summary.size,
        "root": summary.root.hex(),
        "streams": summary.n_streams,
        "signed": summary.signed_size,
        "outside": summary.n_outside,
        "pending": pending,
        "findings": found,
    }
    told = [f"{one['code']}  {_place(one)}  {one['detail']}" for one in found]
    told.append(
        f"{summary.size} 条记录，{summary.n_streams} 条流；检查点覆盖 {summary.signed_size} 条，"
        f"库外检查点 {summary.n_outside} 个，待编号 {pending} 条；发现 {len(found)} 处"
    )
    told.append(f"root {summary.root.hex()}")
    _say(arguments, answer, told)
    return 1 if found else 0


def _audit_rebuild(arguments: Arguments) -> int:
    parts = _parts()
    n = Auditing(store=parts.database.audit, rulebook=parts.rulebook).rebuild()
    return _say(arguments, {"events": n}, [f"{n} events replayed"])


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


def _outside_notes(parts: Parts, file: str | None) -> list[str]:
    if file is not None:
        return split_notes(_text(file))
    kept = parts.settings.checkpoint_dir and parts.settings.checkpoint_dir / CHECKPOINT_FILE
    return split_notes(_text(str(kept))) if kept and kept.exists() else []


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

    def group(name: str, help_: str) -> Any:
        added = commands.add_parser(name, help=help_)
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
        ("--client", {"required": True}),
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
    command(
        audit,
        "verify",
        _audit_verify,
        "hold log, checkpoints and read model against each other",
        ("--checkpoint", {"metavar": "FILE", "help": "checkpoints kept outside"}),
        ("--key", {"metavar": "VKEY", "help": "public key; default: that of the signing key"}),
        ("--thorough", {"action": "store_true", "help": "hold each event against its schema too"}),
    )
    command(audit, "rebuild", _audit_rebuild, "drop the read model and replay it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
