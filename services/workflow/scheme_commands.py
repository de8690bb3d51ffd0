"""Commands for who writes schemes: check a file, show it, try it, hold two beside each other.

One command and one output for both formats. With `--organisation` a scheme is also laid over an
organisation as it is on a day.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime, time
from pathlib import Path

from schemas import calendars
from schemas.calendar import WorkingDays
from schemas.document import Document, Fault, Faults, read_document, spell
from services.workflow.adapters.files import scheme_file, words_file
from services.workflow.adapters.files.file_text import read_text
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.adapters.memory.cases import MemoryCases
from services.workflow.application.rehearsing.page import page
from services.workflow.application.rehearsing.rehearsal import Stage
from services.workflow.application.rehearsing.scenes import play
from services.workflow.application.rehearsing.troupe import made_up
from services.workflow.console import Arguments, say
from services.workflow.domain.fitting import Fitting
from services.workflow.domain.language.loading import in_other_words, words_below, words_of
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.outliving import outliving
from services.workflow.domain.language.running import not_yet_run
from services.workflow.domain.language.showing import compare, show
from services.workflow.domain.language.soundness.following import check_followed
from services.workflow.laying import answer_laid, laid, read_organisation, tell_laid

_MORNING = time(9)
_LATER = "目前还不能运行，需要它的轮次不能开启"


def run_check(arguments: Arguments) -> int:
    """Name every fault of a scheme file; with an organisation, also where it does not fit."""
    file = arguments.file
    found, later, hints = Fitting(), list[tuple[str | int, ...]](), list[str]()
    try:
        scheme = _read(file)
        later = not_yet_run(scheme)
        hints = list(dict.fromkeys(_outliving(scheme)))
        found = laid(scheme, arguments) if arguments.organisation else found
        _hold_against(scheme, arguments.follows, found)
        faults = [*_placed(found, file), *_faults_of_words(scheme, arguments.words)]
    except Faults as broken:
        faults = list(broken.faults)
    faults = [fault.told(arguments.reader) for fault in faults]
    told = [str(fault) for fault in faults] or [f"{file}: 无误"]
    told += [f"{spell(path)}: {_LATER}{_instead(path)}" for path in later]
    told += hints
    told += tell_laid(found)
    answer = {
        "faults": [asdict(fault) for fault in faults],
        "not_yet_run": [spell(path) for path in later],
        "hints": hints,
        **answer_laid(found),
    }
    say(arguments, answer, told)
    return 1 if faults else 0


def _instead(path: tuple[str | int, ...]) -> str:
    """Return what else to write, where what stands at *path* is not run."""
    if path[0] != "draws":
        return ""
    return (
        "（由系统抽签，须写明 numbers，并有操作办理 freeze、attest、enter；"
        "由人抽签，fires 所指操作的 by 中须另有人）"
    )


def _outliving(scheme: Scheme) -> Iterator[str]:
    """Yield the acts that withdraw a case and forget what belongs to it."""
    for kind, life in scheme.lives():
        for one in outliving(scheme, kind, life):
            if life.ends[one.state] != "completed":
                child = one.child.label
                yield (
                    f"{spell(one.trigger.at)}: 提示：使{kind.label}结束时，其下尚未结束的{child}"
                    "各自继续办理（all_ended 等它们结束，fires 使它们一并结束）"
                )


def run_show(arguments: Arguments) -> int:
    """Show a scheme as people read it."""
    scheme = _read(arguments.file)
    shown = _shown(scheme, arguments)
    return say(arguments, {"markdown": shown}, [shown])


def run_diff(arguments: Arguments) -> int:
    """Tell what changes from one scheme to another, and for whom."""
    old, new = (_read(file) for file in (arguments.old, arguments.new))
    given = arguments.organisation
    vocabulary = read_organisation(given).vocabulary if given else None
    changes = compare(old, new, arguments.language, vocabulary)
    told = [change["sentence"] for change in changes] or ["两个方案没有不同"]
    return say(arguments, {"old": old.hash, "new": new.hash, "changes": changes}, told)


def run_try(arguments: Arguments) -> int:
    """Play a scheme in memory, and print who does what, when, and what is refused and why."""
    scheme = _read(arguments.file)
    given = None if arguments.organisation is None else read_organisation(arguments.organisation)
    calendar = WorkingDays.from_json(calendars.read())
    stage = Stage(
        scheme=scheme,
        organisation=given or made_up(scheme),
        calendar=calendar,
        store=MemoryCases,
        begins=_begins(scheme, calendar),
        seed=arguments.seed,
    )
    played = play(stage)
    shown = page(played, stage, made_up=given is None)
    lacking = [
        {"what": one.what, "kind": one.kind, "tier": one.tier, "name": one.name}
        for one in played.lacking
    ]
    say(arguments, {"markdown": shown, "lacking": lacking}, [shown])
    return 1 if lacking else 0


def _begins(scheme: Scheme, calendar: WorkingDays) -> datetime:
    """Return the morning of the round's first day; of one without, of a day in a known year."""
    day = scheme.round.opens or calendar.add(date(calendar.last.year - 1, 3, 1), 1)
    return datetime.combine(day, _MORNING, scheme.zone)


def _read(file: str) -> Scheme:
    return scheme_file.load(read_text(Path(file), scheme_file.MAX_BYTES, file), file)


def _faults_of_words(scheme: Scheme, file: str | None) -> list[Fault]:
    """Return what in a catalogue of English words is not of *scheme*; nothing where none is."""
    if file is None:
        return []
    document = words_file.read(read_text(Path(file), words_file.MAX_BYTES, file), file)
    known = {*words_of(scheme), *words_below(scheme)}
    strange = list(words_file.strange(document, scheme.id, known))
    if not strange:
        _, told = words_file.catalogue(document)
        in_other_words(scheme, told)
    return strange


def _hold_against(scheme: Scheme, files: list[str], found: Fitting) -> None:
    """Note where *scheme* does not fit the one it follows, which is one of *files*."""
    if files:
        known = {one.id: one for one in map(_read, files)}
        check_followed(scheme, known.get, lambda at, reason: found.faults.append((at, reason)))


def _placed(found: Fitting, file: str) -> list[Fault]:
    """Return the faults with their lines, in the order of the file."""
    text = read_text(Path(file), scheme_file.MAX_BYTES, file)
    document: Document = read_document(text, compose, file)
    return sorted((document.fault(at, reason) for at, reason in found.faults), key=_by_line)


def _by_line(fault: Fault) -> int:
    return fault.line


def _shown(scheme: Scheme, arguments: Arguments) -> str:
    if not arguments.organisation:
        return show(scheme, arguments.language)
    empty: dict[str, list[str]] = {}
    for gap in laid(scheme, arguments).gaps:
        if gap.sort == "link_empty":
            empty.setdefault(f"{gap.kind}.{gap.what}", []).append(gap.unit)
    vocabulary = read_organisation(arguments.organisation).vocabulary
    return show(scheme, arguments.language, vocabulary, empty)
