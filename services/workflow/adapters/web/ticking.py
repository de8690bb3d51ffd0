"""Forms in which cases are ticked, to do one thing to all of them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError
from marshmallow.fields import Field

from schemas.complaints import Fault, complaints
from schemas.fields import CANONICAL_UUID, Code, Text
from schemas.said import both
from services.workflow.adapters.web.posted import require_known, ticked
from services.workflow.application.asking import key_faults, require_key
from services.workflow.domain.refusals import Malformed

CASE, READ, STEP, KEY = "case.", "read.", "step", "key"
TEXT, TRIGGER, REASON = "text", "trigger", "reason"  # what is said, what is done, and why
LOOK, SEND = "look", "send"
_WORDS = Text(most=2000, least=0, multiline=True)
_TYPED: Mapping[str, Field[Any]] = {TEXT: _WORDS, REASON: _WORDS, TRIGGER: Code()}


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
        zh, en = both("at most {most} entries", most=most)
        faults.append(Fault(field="case", code="too_many", accepted_zh=zh, accepted_en=en))
    faults += key_faults(form.get(KEY))
    faults += _unread(form)  # of the other thing, too, that the same form could ask for
    if faults:
        raise Malformed(*faults)
    ids = [name.removeprefix(CASE) for name in chosen if ticked(form, name)]
    return form[STEP], ids, require_key(form.get(KEY), KEY)


def _unread(form: Mapping[str, str]) -> Iterator[Fault]:
    for name, field in _TYPED.items():
        try:
            if form.get(name):
                field.deserialize(form[name])
        except ValidationError as error:
            yield from (replace(one, field=name) for one in complaints(error))
