"""How the engine of format 1 spells the data of a trigger, and back: gone with that engine.

The one idea: nothing of a scheme is named here. A document of parts is a mapping of texts, one of
rows a list of them, a component has the member that its scheme gives it.
"""

import re
from typing import Any

from services.workflow.application.boards.spoken import is_of_format_1, scheme_of
from services.workflow.application.rulebook import Rules

Data = dict[str, Any]
_MEMBER = re.compile(r"data\.([a-z_]+)(.*)", re.DOTALL)


class Older:
    """The spelling of one round, where the engine of format 1 runs it; else nothing changes."""

    def __init__(self, rules: Rules | None) -> None:
        self._documents = {}
        self._figures: dict[str, str] = {}
        self.applies = rules is not None and is_of_format_1(rules)
        if rules is not None and self.applies:
            self._documents = dict(scheme_of(rules).documents)
            self._figures = {one.name: one.datum for one in rules.scheme.scoring.components}

    def data(self, data: Data) -> Data:
        """Return the *data* of a trigger as the round's engine spells them."""
        if not self.applies:
            return data
        told = {name: value for name, value in data.items() if name not in _SPELLED}
        for name, document in data.get("documents", {}).items():
            rows = [next(iter(row.values())) for row in document.get("rows", ())]
            told[name] = rows or document.get("parts", {})
        for name, figure in data.get("components", {}).items():
            told[self._figures[name]] = figure
        return told

    def path(self, path: str) -> str:
        """Return the *path* of a datum at fault as format 2 spells it."""
        found = _MEMBER.fullmatch(path) if self.applies else None
        if found is None:
            return path
        name, rest = found.groups()
        document = self._documents.get(name)
        if document is not None:
            return f"data.documents.{name}.{'parts' if document.parts else 'rows'}{rest}"
        figure = next((one for one, datum in self._figures.items() if datum == name), None)
        return f"data.components.{figure}" if figure else path


_SPELLED = ("documents", "components")
