"""Forms in which cases are ticked, to do one thing to all of them."""

from collections.abc import Mapping

from schemas.complaints import Fault
from schemas.fields import CANONICAL_UUID
from services.workflow.adapters.web.posted import require_known, ticked
from services.workflow.application.asking import key_faults
from services.workflow.domain.refusals import Malformed

CASE, READ, STEP, KEY = "case.", "read.", "step", "key"
TEXT, TRIGGER, REASON = "text", "trigger", "reason"  # what is said, what is done, and why
LOOK, SEND = "look", "send"


def ticked_cases(form: Mapping[str, str], most: int) -> tuple[str, list[str], str]:
    """Return the step, the ids of at most *most* cases that were ticked, and the key of a form.

    Raises:
        Malformed: with every fault.
    """
    chosen = [name for name in form if name.startswith(CASE)]
    read = [READ + name.removeprefix(CASE) for name in chosen]
    require_known(form, (STEP, TEXT, KEY, TRIGGER, REASON, *chosen, *read))
    faults = [
        Fault(field=name, code="not_a_uuid")
        for name in chosen
        if CANONICAL_UUID.fullmatch(name.removeprefix(CASE)) is None
    ]
    if form.get(STEP) not in (LOOK, SEND):
        faults.append(Fault(field=STEP, code="not_a_choice"))
    if not chosen:
        faults.append(Fault(field="case", code="required"))
    if len(chosen) > most:
        faults.append(Fault(field="case", code="too_long"))
    faults += key_faults(form.get(KEY))
    if faults:
        raise Malformed(*faults)
    return form[STEP], [name.removeprefix(CASE) for name in chosen if ticked(form, name)], form[KEY]
