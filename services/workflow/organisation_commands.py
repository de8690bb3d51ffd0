"""Commands about the organisation: its file, who stands in for whom, who is away."""

from pathlib import Path

from schemas.said import told
from services.workflow.adapters.files import organisation_file
from services.workflow.application.leaving import SHOWN, Left
from services.workflow.bootstrap import Parts
from services.workflow.console import Arguments, refused, say, warn
from services.workflow.domain.organisation import (
    NAME_ERASED,
    Absence,
    Delegation,
    lines,
)
from services.workflow.domain.organisation.deputising import Wish
from services.workflow.domain.organisation.sentences import say as say_of


def run_organisation_import(parts: Parts, arguments: Arguments) -> int:
    """Record what a file changes, or with `--dry-run` tell it."""
    file, imports = organisation_file.load(Path(arguments.file)), parts.imports
    if not arguments.dry_run:
        parts.check_log()
    warnings = (*file.warnings, *imports.taken_from_texts(file))
    changes = imports.compare(file)
    behind = [
        _told_left(parts, one, arguments.reader) for one in imports.left_behind(file, changes)
    ]
    if behind and not (arguments.dry_run or arguments.leave_open_cases):
        asks = told(say_of("asks_to_leave"), arguments.reader)
        return refused(arguments, [*behind, asks])
    if not arguments.dry_run:
        changes = imports.run(file)
    shown = [*lines(changes), *behind]
    warned = [str(one.told(arguments.reader)) for one in warnings]
    warn(arguments, warned)
    return say(arguments, {"changed": bool(changes), "lines": shown, "warnings": warned}, shown)


def _told_left(parts: Parts, left: Left, language: str) -> str:
    """Return what is left behind, in words."""
    organisation = parts.directory.current()
    shown = "、".join(left.numbers[:SHOWN]) + ("…" if len(left.numbers) > SHOWN else "")
    figures = {
        "unit": organisation.unit_name(left.unit),
        "role": organisation.vocabulary.role_label(left.role) if left.role else "",
        "total": len(left.numbers),
        "shown": shown,
    }
    return told(say_of("leaves_desk" if left.role else "leaves_unit", **figures), language)


def run_organisation_export(parts: Parts, arguments: Arguments) -> int:
    """Print the file of what is known."""
    tree = parts.imports.export()
    erased = [one["id"] for one in tree["people"] if one["name"] == NAME_ERASED]
    if erased:
        warn(arguments, [f"姓名已清除，导入前请补上或删去：{'、'.join(erased)}"])
    return say(arguments, tree, organisation_file.written(tree).splitlines())


def run_delegate(parts: Parts, arguments: Arguments) -> int:
    """Record that one person stands in for another for a time, or take it back."""
    entry = Delegation(
        deputy=arguments.deputy,
        person=arguments.person,
        unit=arguments.unit,
        roles=frozenset(arguments.role),
        since=arguments.since,
        until=arguments.until,
    )
    return _record(parts, Wish(entry=entry, revoked=arguments.revoke), arguments)


def run_absent(parts: Parts, arguments: Arguments) -> int:
    """Record that somebody is away for a time, or take it back."""
    entry = Absence(person=arguments.person, since=arguments.since, until=arguments.until)
    return _record(parts, Wish(entry=entry, revoked=arguments.revoke), arguments)


def _record(parts: Parts, wish: Wish, arguments: Arguments) -> int:
    faults = parts.deputies.faults(wish)
    if faults:
        return refused(arguments, [told(one, arguments.reader) for one in faults])
    shown, changed = parts.deputies.lines(wish), False
    if not arguments.dry_run:
        parts.check_log()
        changed = parts.deputies.record(wish)
    return say(arguments, {"changed": changed, "lines": shown}, shown)
