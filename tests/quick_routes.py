"""Routes whose code is made once a process: tests build the application a thousand times.

Werkzeug compiles for each rule what makes its addresses: two thirds of what building costs.
"""

from collections.abc import Callable

from flask import Flask
from werkzeug.routing import Rule

_made: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}


class KeptRule(Rule):
    """A rule that is compiled like Werkzeug's own, unless one that reads the same was before."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        said = (tuple(self._trace), repr(self.defaults), append_unknown)
        # What is made is no method yet: it asks whoever it is bound to for converters.
        if said not in _made:
            _made[said] = super()._compile_builder(append_unknown)
        return _made[said]


def keep() -> None:
    """Let every application that is built from now on have such rules."""
    Flask.url_rule_class = KeptRule
