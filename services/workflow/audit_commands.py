"""The commands that prove the log: `audit verify`, `audit rebuild`, `audit checkpoint adopt`."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from services.workflow.audit import Known, NotKnown
from services.workflow.bootstrap.log import Parts
from services.workflow.console import Arguments, Misuse, say
from services.workflow.inspection import Report, adopt, inspect, kept_notes, notes_in, rebuild


def run_verify(parts: Parts, arguments: Arguments) -> int:
    """Hold log, checkpoints and read model against each other."""
    known = _known(arguments)
    given = arguments.checkpoint
    outside = kept_notes(parts) if given is None else _notes(given)
    # An empty key is no key: never the service's own in place of the one an auditor meant.
    key = str(parts.key.public) if arguments.key is None else arguments.key
    report = inspect(parts, outside, key, known, thorough=arguments.thorough)
    if known.left:
        places = ", ".join(map(str, known.left))
        raise Misuse(f"{arguments.known}: there is no such broken event at position {places}")
    return _report(arguments, report)


def run_rebuild(parts: Parts, arguments: Arguments) -> int:
    """Make anew what follows from the events."""
    n, cured = rebuild(parts)
    told = [f"{n} events replayed"]
    told += [f"{name}: {n_rows} made anew" for name, n_rows in asdict(cured).items() if n_rows]
    return say(arguments, {"events": n, **asdict(cured)}, told)


def run_adopt(parts: Parts, arguments: Arguments) -> int:
    """Begin the file of checkpoints anew, if all the log is whole."""
    known = _known(arguments)
    others = [] if arguments.checkpoint is None else _notes(arguments.checkpoint)
    done = adopt(parts, others, known)
    if isinstance(done, Report):
        _report(arguments, done)
        return 1
    told = [f"库外检查点从第 {done.size} 条重新开始"]
    if done.aside is not None:
        told.append(f"原文件移至 {done.aside}")
    aside = None if done.aside is None else str(done.aside)
    return say(arguments, {"size": done.size, "aside": aside}, told)


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
        "draws_not_compared": summary.n_erased,
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
    if summary.n_erased:
        told.append(f"{summary.n_erased} 次抽签的录入原文已删除：未核对两人所录号码是否相同")
    told.append(f"root {summary.root.hex()}")
    say(arguments, answer, told)
    return 1 if found else 0


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


def _place(found: dict[str, Any]) -> str:
    parts = (found.get("position"), found.get("stream"), found.get("version"))
    return " ".join(str(part) for part in parts if part is not None)
