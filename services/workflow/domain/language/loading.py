"""From a document to a scheme that can be run, or to everything that is wrong with it."""

import json
from typing import Final

from schemas.document import Document, Faults, steps
from schemas.reading import Reading
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.reading.scheme import read_scheme
from services.workflow.domain.language.soundness import check

_CANONICAL: Final = "canonical scheme"


def load(document: Document) -> Scheme:
    """Make the scheme that *document* says.

    Raises:
        Faults: all that is wrong with it, each with file, line, path and reason.
    """
    reading = Reading(document)
    scheme = read_scheme(document, reading)
    check(scheme, reading.fault, (steps(fault.path) for fault in reading.faults))
    reading.finish()
    if reading.faults:
        raise Faults(reading.faults)
    return scheme


def from_canonical(canonical: bytes) -> Scheme:
    """Rebuild a scheme from its own canonical bytes.

    Raises:
        Faults: this release cannot read it any more.
    """
    return load(Document(json.loads(canonical), _CANONICAL))
