"""Scheme files: YAML on disk or in the package, made into a `Scheme`, or into a list of faults."""

from collections.abc import Iterable
from typing import Any

import yaml

from schemas.document import Document, Fault, Faults, read_document
from schemas.said import said
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.language import loading
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.reading.scheme import FORMAT

_TEXT = "tag:yaml.org,2002:str"
FORMATS = (1, FORMAT)
MAX_BYTES = 256 * 1024  # no scheme of ours takes a fifth; read in some seconds at worst


def load(text: str, file: str) -> Scheme:
    """Make the scheme that *text* says; one of format 1 is lifted, and says the same.

    Raises:
        Faults: everything that is wrong with it. *file* is its name in messages.
    """
    if len(text.encode()) > MAX_BYTES:
        reason = said("the file is larger than {most} KiB", most=MAX_BYTES // 1024)
        raise Faults([Fault(file=file, line=0, path="", reason=reason)])
    try:
        document = read_document(text, compose, file)
    except Faults as broken:
        # What YAML alone can tell is not all: read on with the broken places made harmless.
        raise Faults([*broken.faults, *_faults_beyond(text, file, broken.faults)]) from None
    return loading.load(_of_a_known_format(document))


def _of_a_known_format(document: Document) -> Document:
    """Return *document*; of another format nothing else in it could be told to be wrong.

    Raises:
        Faults: it says no format, or one that this release does not read.
    """
    if not isinstance(document.tree, dict):
        raise Faults([document.fault((), "a mapping is expected here: {key: value}")])
    told = document.tree.get("format")
    if type(told) is not int or told not in FORMATS:
        reason = said(
            "this release reads the formats {words}: say which",
            words=" and ".join(map(str, FORMATS)),
        )
        raise Faults([document.fault(("format",), reason)])
    return document


def _faults_beyond(text: str, file: str, known: Iterable[Fault]) -> list[Fault]:
    """Return what is wrong with *text* besides what is *known* of its YAML."""
    try:
        document: Document = read_document(
            text, lambda source: _mended(compose(source), set()), file
        )
        loading.load(_of_a_known_format(document))
    except Faults as more:
        places = {(fault.line, fault.path) for fault in known}
        return [fault for fault in more.faults if (fault.line, fault.path) not in places]
    return []


def _mended(node: Any, seen: set[int]) -> Any:
    """Return *node* with floats, `yes`, `no` and the like as texts, and repeated keys dropped.

    Aliases hand out one node again and again: nine levels of nine would be walked for hours.
    """
    if id(node) in seen:
        return node
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        kept: dict[str, tuple[Any, Any]] = {}
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                key.tag = _TEXT
            kept.setdefault(str(key.value), (key, _mended(value, seen)))
        node.value = list(kept.values())
    elif isinstance(node, yaml.SequenceNode):
        node.value = [_mended(item, seen) for item in node.value]
    elif isinstance(node, yaml.ScalarNode) and _is_surprising(node):
        node.tag = _TEXT
    return node


def _is_surprising(node: yaml.ScalarNode) -> bool:
    odd = node.tag == "tag:yaml.org,2002:bool" and node.value not in ("true", "false")
    return odd or node.tag == "tag:yaml.org,2002:float"
