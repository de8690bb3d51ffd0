"""A form that was sent and refused: what is wrong with which of its fields, and what was typed."""

from collections.abc import Iterable, Mapping, Sequence

from schemas.complaints import Fault
from services.workflow.adapters.web import words
from services.workflow.adapters.web.fields import HIDDEN, Asking
from services.workflow.adapters.web.forms import ActForm
from services.workflow.adapters.web.languages import N_, Words, _, taken
from services.workflow.adapters.web.rendering import told
from services.workflow.adapters.web.taking import groups_of
from services.workflow.adapters.web.typed import field_at, read_form
from services.workflow.application.boards.spoken import Spoken
from services.workflow.application.workbooks import is_cell
from services.workflow.domain.language.model.documents import Column, Document, Named
from services.workflow.domain.refusals import Blocker

NOTES = ("note", "urge")
FIELDS = Words(
    {
        "reason": N_("理由"),
        "reference": N_("文号"),
        "effective_at": N_("实际发生时间"),
        "number": N_("案号"),
        "text": N_("内容"),
    }
)


def called(name: str, documents: Mapping[str, Document]) -> str:
    """Return what people read for a field of this name; "" where nobody says it.

    Of *documents* those are known that some round has.
    """
    found: tuple[Sequence[Named | Column], str]
    match name.split("."):
        case ["documents", of, "parts", part] if of in documents:
            found = documents[of].parts, part
        case ["documents", of, "rows", _, column, *_] if of in documents:
            found = documents[of].columns, column
        case ["documents", of, "rows"] if of in documents:
            return documents[of].label
        case _:
            return FIELDS.get(name, "")
    known = {one.name: one.label for one in found[0]}
    return " · ".join((documents[of].label, known[found[1]])) if found[1] in known else ""


class Sent:
    """The form that was sent and refused: its fields, and what is wrong with which."""

    def __init__(self, here: Spoken, asking: Asking, tried: str) -> None:
        known = here.life.triggers.get(tried)
        groups = list(groups_of(known, asking)) if known else []
        self._fields = {field.name: field for group in groups for field in group.fields}
        self._labels = dict(FIELDS) | {
            field.name: " · ".join(part for part in (group.label, field.label) if part)
            for group in groups
            for field in group.fields
        }
        self._places = read_form(tuple(self._fields.values()), asking.typed).places
        self._a_case = words.of_kind(here)
        self._typed, self._tried = asking.typed, tried

    def field(self, path: str) -> str:
        """Return the field that stands for *path* in a body, or for a cell of a workbook."""
        if is_cell(path):
            return next((one.name for one in self._fields.values() if one.kind == "workbook"), "")
        return field_at(path, self._places)

    def fault(self, fault: Fault) -> str:
        """Return what is wrong with one field, in words."""
        fault = _as_typed(fault)
        reason, _lift = told(Blocker(code=fault.code, field=fault.field), self._a_case)
        field = self.field(fault.field)
        label = self._labels.get(field, field)
        takes = taken(fault)
        return _("%(label)s：%(reason)s", label=label, reason=reason) + (
            _("（应为 %(takes)s）", takes=takes) if takes else ""
        )

    def flaws(self, blockers: Iterable[Blocker], faults: Iterable[Fault]) -> dict[str, str]:
        """Return what is wrong with each field of the form, in words, in the form's order."""
        typed = map(_as_typed, faults)
        wrong = [Blocker(code=fault.code, field=fault.field) for fault in typed]
        found: dict[str, str] = {}
        for blocker in (*wrong, *blockers):
            found.setdefault(self.field(blocker.field), told(blocker, self._a_case)[0])
        known = [*self._fields, *FIELDS]
        return dict(sorted(found.items(), key=lambda flaw: (*known, flaw[0]).index(flaw[0])))

    def homeless(self, forms: Iterable[ActForm]) -> list[tuple[str, str]]:
        """Return what was typed into a form that is none of *forms*: it must not be lost."""
        shown = {form.trigger for form in forms}
        if not self._tried or self._tried in {*NOTES, *shown}:
            return []
        return [
            (self._labels[name], text)
            for name, text in self._typed.items()
            if text and name in self._labels and not self._is_hidden(name)
        ]

    def _is_hidden(self, name: str) -> bool:
        return name in self._fields and self._fields[name].kind in HIDDEN


def _as_typed(fault: Fault) -> Fault:
    """Return *fault* as it is where cases are named by their numbers."""
    if fault.code != "not_a_stream":
        return fault
    return Fault(field=fault.field, code="number_unknown")
