"""What a verdict is about: the documents that brought a case to the state in which it is judged."""

from collections.abc import Iterator

from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import stages
from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.model.triggers import Trigger


def judged(case: Case, life: Life) -> tuple[str, ...]:
    """Return the documents in force that a verdict on *case* is about; nothing where none is due.

    Those are what the acts that lead here take; where a verdict led here, what that was about.
    """
    if not any(trigger.verdict for trigger in life.triggers_from(case.state)):
        return ()
    found = dict.fromkeys(_brought(case.state, case, life, set()))
    return tuple(name for name in found if name in case.documents)


def _brought(state: str, case: Case, life: Life, seen: set[str]) -> Iterator[str]:
    seen.add(state)
    for trigger in life.triggers.values():
        if trigger.verdict == "back":
            continue
        for source in trigger.sources:
            if state not in trigger.targets(source, stages(case)):
                continue
            yield from (take.name for take in trigger.takes if take.what == "document")
            if trigger.verdict and source not in seen:
                yield from _brought(source, case, life, seen)


def presentable(case: Case, document: str) -> int | None:
    """Return the version of *document* that may be presented: what passed its last audit, no other.

    None where there is none yet.
    """
    filed = case.documents.get(document)
    if filed is None or not case.audits:
        return None if filed is None else filed.version
    last = case.verdicts.get(case.audits[-1].stage)
    passed = last is not None and last.about.get(document) == filed.version
    return filed.version if passed else None


def ends(trigger: Trigger, case: Case, life: Life) -> bool:
    """Tell whether *trigger* may end *case* where it stands."""
    targets = trigger.targets(case.state, stages(case)) if case.state in trigger.sources else ()
    return any(target in life.ends for target in targets)
