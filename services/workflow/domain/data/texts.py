"""Free text in what a decision records: marked until it is exchanged for its commitment.

A decision is pure and makes no salt. It leaves `Words` where a commitment will stand, with what
stands beside it there; whoever seals the event exchanges them and lays the text beside the log.
Words that were left would be refused by the gate: no schema of a fact has room for them.
"""

from collections.abc import Callable, Mapping
from typing import Any

_PLAIN = frozenset({str, int, bool, type(None)})
Commit = Callable[[str], Mapping[str, Any]]  # keeps a text, and returns its commitment


class Words(dict[str, Any]):
    """A commitment to *text* that is still to be made, and what the event says beside it."""

    def __init__(self, text: str, **beside: Any) -> None:
        super().__init__(beside)
        self.text = text
        self._is_committed = False

    def __bool__(self) -> bool:
        return True  # nothing may stand beside it, and it is there all the same

    def committed(self, commit: Commit) -> Mapping[str, Any]:
        """Return what stands beside the text with its commitment.

        The text of a row stands in the document, in the case that is made of the row, and in the
        head that later versions are made from: it is committed once, and all of them have that.
        """
        if not self._is_committed:
            self.update(commit(self.text))
            self._is_committed = True
        return dict(self)


def committed(told: Any, commit: Commit) -> Any:
    """Return *told* with every text in it exchanged, in the order in which they stand."""
    # By exact types: `isinstance` of an abstract class took a third of the sealing.
    kind = type(told)
    if kind in _PLAIN:
        return told
    if kind is Words:
        return told.committed(commit)
    if kind is dict or isinstance(told, Mapping):
        return {
            key: value if type(value) in _PLAIN else committed(value, commit)
            for key, value in told.items()
        }
    if kind is list or kind is tuple:
        return [committed(value, commit) for value in told]
    return told
