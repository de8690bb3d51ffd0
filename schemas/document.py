"""A YAML document with line numbers: schemes, organisations, policies.

The one idea: the reader works on YAML's *nodes*, not on loaded values. Nodes know their line,
and they still show what loading would hide: a key written twice, `1.5` that became binary, a
`no` that became false. `yaml.compose` is passed in, so that the contract needs no YAML library.

Every fault is collected; one run tells all that is wrong with a file.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from schemas.said import said, told

Path = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"-?(0|[1-9]\d*)", re.ASCII)
# What YAML has in no text. A library refuses the whole document for one of them, at a line that it
# counts in bytes; so each is put aside first, and told of where it stood.
_CONTROL = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\U0010fffd"
)
_PUT_ASIDE = "\U0010fffd"
_NO_CONTROL = "a control character stands here, which no text may hold"
_MAX_DEPTH = 64
_MAX_DIGITS = 15


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Fault:
    """One thing that is wrong, and where."""

    file: str
    line: int  # from 1; 0 when it has no place in the file
    path: str  # units[3].kind; "" is the whole document
    reason: str

    def __str__(self) -> str:
        if not self.line and not self.path:  # the file as such
            return f"{self.file}: {self.reason}"
        return f"{self.file}:{self.line}: {self.path or '(document)'}: {self.reason}"

    def told(self, language: str) -> "Fault":
        """Return the fault with its reason in *language*: `en` or, anything else, Chinese."""
        return replace(self, reason=told(self.reason, language))


class Faults(Exception):
    """Everything that is wrong with a document, in the order of its lines."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True, slots=True)
class Document:
    """The plain tree of a document (dict, list, str, int, bool, None), and its lines."""

    tree: Any
    file: str = ""
    _lines: dict[Path, int] = field(default_factory=dict, repr=False)

    def line_of(self, path: Sequence[str | int] | str) -> int:
        """Return the line of *path* (keys and indexes, or `units[3].kind`).

        Of a mapping's member it is the key's line. A path that does not exist has the line of
        its nearest part that does; 0 if the document has no lines.
        """
        at = steps(path) if isinstance(path, str) else tuple(path)
        for length in range(len(at), -1, -1):
            line = self._lines.get(at[:length])
            if line is not None:
                return line
        return 0

    def fault(self, path: Sequence[str | int] | str, reason: str) -> Fault:
        """Make the fault *reason* at *path*."""
        written = path if isinstance(path, str) else spell(path)
        return Fault(file=self.file, line=self.line_of(path), path=written, reason=reason)


def spell(path: Sequence[str | int]) -> str:
    """Write *path* as people read it: `units[3].kind`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def read_document(text: str, compose: Callable[[str], Any], file: str = "") -> Document:
    """Read one YAML document.

    Dates stay strings as written; null, booleans (`true`, `false`) and decimal integers become
    values. Anchors, aliases and merge keys are refused: what stands in a file of rules should be
    readable where it stands.

    Raises:
        Faults: not YAML, more than one document, floats, repeated or non-string keys, anchors,
            unknown tags, surprising spellings (`yes`, `0x1F`, `1_000`).
    """
    controls = [text.count("\n", 0, found.start()) + 1 for found in _CONTROL.finditer(text)]
    try:
        root = compose(_CONTROL.sub(_PUT_ASIDE, text))
    except Exception as error:
        # Of the library's errors only their shape is known here: they say what the problem is.
        known = isinstance(error, RecursionError) or {"problem", "reason"} & vars(error).keys()
        if not known:
            raise
        raise Faults([_unreadable(file, error)]) from error
    if root is None:
        raise Faults([Fault(file=file, line=1, path="", reason="the document is empty")])
    reading = _Reading(file)
    tree = reading.value(root, ())
    if controls and not reading.faults:  # between the values, in a comment
        reading.faults += [
            Fault(file=file, line=line, path="", reason=_NO_CONTROL) for line in controls
        ]
    if reading.faults:
        raise Faults(reading.faults)
    return Document(tree, file, reading.lines)


def _unreadable(file: str, error: Exception) -> Fault:
    mark = getattr(error, "problem_mark", None)
    line = 0 if mark is None else mark.line + 1
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or said("too deep")
    return Fault(file=file, line=line, path="", reason=said("not YAML: {problem}", problem=problem))


def steps(path: str) -> Path:
    """Turn `units[3].kind` back into its steps."""
    return tuple(
        int(index) if index else name for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path)
    )


class _Reading:
    """One pass over the nodes of one document."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.lines: dict[Path, int] = {}
        self._seen: set[int] = set()

    def value(self, node: Any, path: Path) -> Any:
        """Return the plain value of *node*; None where it is at fault."""
        self.lines.setdefault(path, node.start_mark.line + 1)
        # The composer hands out the same node again for an alias: once seen, it is one.
        if id(node) in self._seen:
            return self._fault(node, path, "anchors and aliases are not used here")
        self._seen.add(id(node))
        if len(path) > _MAX_DEPTH:
            return self._fault(node, path, "nested too deeply")
        if node.tag == _TAG + "map" and isinstance(node.value, list):
            return self._mapping(node, path)
        if node.tag == _TAG + "seq" and isinstance(node.value, list):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        if isinstance(node.value, str):
            return self._scalar(node, path)
        return self._fault(node, path, said("unknown tag {tag}", tag=node.tag))

    def _mapping(self, node: Any, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = key.value
            if key.tag != _TAG + "str" or not isinstance(name, str):
                spelled = name if isinstance(name, str) else "…"
                self._fault(
                    key, path, said("the key {spelled} is not a string; quote it", spelled=spelled)
                )
                continue
            if _PUT_ASIDE in name:
                self._fault(key, path, _NO_CONTROL)
                continue
            below = (*path, name)
            if name in found:
                self._fault(key, below, said("the key {name} is repeated", name=name))
                continue
            self.lines[below] = key.start_mark.line + 1
            found[name] = self.value(value, below)
        return found

    def _scalar(self, node: Any, path: Path) -> Any:
        text, tag = node.value, node.tag.removeprefix(_TAG)
        if _PUT_ASIDE in text:
            return self._fault(node, path, _NO_CONTROL)
        if tag in ("str", "timestamp"):
            # A day or an instant is read by who knows what it should be.
            return text
        if tag == "null":
            return None
        if tag == "bool" and text in ("true", "false"):
            return text == "true"
        if tag == "int" and _INTEGER.fullmatch(text) and len(text) <= _MAX_DIGITS:
            return int(text)
        reasons = {
            "float": said("{text} is a float; write it as a quoted decimal string", text=text),
            "bool": said(
                "{text} means a boolean in YAML; write true or false, or quote it", text=text
            ),
            "int": said(
                "{text} is not a plain decimal integer; write it out, or quote it", text=text
            ),
        }
        return self._fault(node, path, reasons.get(tag, said("unknown tag {tag}", tag=node.tag)))

    def _fault(self, node: Any, path: Path, reason: str) -> None:
        line = node.start_mark.line + 1
        self.faults.append(Fault(file=self.file, line=line, path=spell(path), reason=reason))
