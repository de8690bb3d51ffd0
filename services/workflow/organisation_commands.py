"""Commands about the organisation: its file, who stands in for whom, who is away."""

from dataclasses import replace
from pathlib import Path

from schemas.said import told
from services.workflow.adapters.files import organisation_file
from services.workflow.adapters.files.file_text import read_bytes
from services.workflow.application.workbooks import WORKBOOK_BYTES
from services.workflow.bootstrap.log import Parts
from services.workflow.console import Arguments, refused, say, warn
from services.workflow.domain.organisation import (
    NAME_ERASED,
    Absence,
    Delegation,
    OrganisationFile,
    lines,
)
from services.workflow.domain.organisation.deputising import Wish
from services.workflow.domain.organisation.sentences import say as say_of
from services.workflow.domain.reasons import sentence
from services.workflow.domain.refusals import Blocker, Invalid

# What the command line calls the fields of a delegation or absence.
_ASKED = {one: one for one in ("deputy", "person", "unit", "from", "until")} | {"roles": "role"}


def run_organisation_import(parts: Parts, arguments: Arguments) -> int:
    """Record what a file changes, or with `--dry-run` tell it."""
    taking = parts.organisation_import
    try:
        file = _loaded(parts, Path(arguments.file))
    except Invalid as error:  # a workbook
        return refused(arguments, [_told_cell(one, arguments.reader) for one in error.blockers])
    if not arguments.dry_run:
        parts.check_log()
    seen = taking.look(file, arguments.reader)
    if seen.behind and not (arguments.dry_run or arguments.leave_open_cases):
        asks = told(say_of("asks_to_leave"), arguments.reader)
        return refused(arguments, [*seen.behind, asks])
    if not arguments.dry_run:
        seen = replace(seen, lines=tuple(lines(parts.imports.run(file), arguments.reader)))
    shown = [*seen.lines, *seen.behind, *seen.void]
    warn(arguments, list(seen.warnings))
    answer = {"changed": seen.changed, "lines": shown, "warnings": list(seen.warnings)}
    return say(arguments, answer, shown)


def _loaded(parts: Parts, path: Path) -> OrganisationFile:
    """Return the file at *path*, a workbook where it is called one."""
    if path.suffix.lower() != ".xlsx":
        return organisation_file.load(path)
    return parts.organisation_import.read(read_bytes(path, WORKBOOK_BYTES), path.name)


def run_organisation_workbook(parts: Parts, arguments: Arguments) -> int:
    """Write the workbook of what is known, to be changed and imported."""
    path, content = Path(arguments.file), parts.organisation_import.workbook().content
    try:
        with path.open("xb") as file:
            file.write(content)
    except OSError as error:
        return refused(arguments, [f"{path}: {error.strerror}"])
    return say(arguments, {"file": str(path)}, [f"已写入 {path}"])


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
    if not arguments.dry_run:
        parts.check_log()
    try:
        done = parts.deputies.record(None, wish, rehearse=arguments.dry_run)
    except Invalid as error:
        return refused(arguments, [_told_why(one, arguments.reader) for one in error.blockers])
    warned = [f"! {sentence(one, arguments.reader)[0]}" for one in done.warnings]
    warn(arguments, warned)
    answer = {"changed": done.changed and not arguments.dry_run, "lines": [*done.lines]}
    return say(arguments, answer | {"warnings": warned}, done.lines)


def _told_cell(blocker: Blocker, language: str) -> str:
    reason, _ = sentence(blocker, language)
    return f"{blocker.field}: {reason}" if blocker.field else reason


def _told_why(blocker: Blocker, language: str) -> str:
    reason, accepted = sentence(blocker, language)
    field = f"--{_ASKED[blocker.field]}: " if blocker.field else ""
    return f"{field}{reason}" + (f" ({accepted})" if accepted else "")
