"""The scheme of format 1 that was shipped, changed a little."""

from schemas.document import Fault
from services.workflow.adapters.files import scheme_file
from services.workflow.domain.language.model.scheme import Scheme
from tests.texts import EARLIER, faults_in

NAME = "jilin-health-2019"
TEXT = EARLIER
SCHEME = scheme_file.load(TEXT, f"{NAME}.yaml")


def changed(*pairs: tuple[str, str]) -> str:
    """Return the shipped text with the first occurrence of each old text replaced by its new."""
    text = TEXT
    for old, new in pairs:
        assert old in text, f"the shipped scheme has no {old!r}"
        text = text.replace(old, new, 1)
    return text


def faults_of(*pairs: tuple[str, str]) -> list[Fault]:
    """Return what is wrong with the shipped scheme changed by *pairs*."""
    return faults_in(changed(*pairs), "s.yaml")


def line_of(text: str, marker: str) -> int:
    """Return the line on which *marker* first stands."""
    return text[: text.index(marker)].count("\n") + 1


def scheme_with(*pairs: tuple[str, str]) -> Scheme:
    """Return the shipped scheme changed by *pairs*, which must be sound."""
    return scheme_file.load(changed(*pairs), "s.yaml")
