"""The schemes that come with the product, by name, each with its policy beside it.

Nothing publishes what lies in the folders: `earlier`, texts that were shipped under the same id
before, to be read and compared (rounds opened under them keep their own copy), and `examples`.
In `english` lies what English pages say for the words of all these, by the id of the scheme, and
for those that the rules of a year after do not take over.
"""

from collections.abc import Iterator
from importlib.resources import files

_SUFFIX = ".yaml"
_POLICY = ".policy.yaml"


def names() -> list[str]:
    """Return the names of the shipped schemes, in order."""
    found = (each.name for each in files(__package__).iterdir())
    return sorted(
        name.removesuffix(_SUFFIX)
        for name in found
        if name.endswith(_SUFFIX) and not name.endswith(_POLICY)
    )


def text(name: str) -> bytes:
    """Return the file of the scheme *name*.

    Raises:
        KeyError: no such scheme is shipped.
    """
    if name not in names():
        raise KeyError(name)
    return files(__package__).joinpath(name + _SUFFIX).read_bytes()


def english() -> Iterator[tuple[str, str]]:
    """Yield the catalogues of English words: the name of each file, and its text."""
    for file in sorted(files(__package__).joinpath("english").iterdir(), key=str):
        if file.name.endswith(_SUFFIX):
            yield file.name, file.read_text(encoding="utf-8")


def policy(name: str) -> bytes:
    """Return the file of the policy for the scheme *name*.

    Raises:
        KeyError: no such scheme is shipped.
    """
    if name not in names():
        raise KeyError(name)
    return files(__package__).joinpath(name + _POLICY).read_bytes()
