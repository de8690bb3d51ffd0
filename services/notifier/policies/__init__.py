"""The policies that are shipped with the program, as text."""

from importlib.resources import files

DEFAULT = "jilin-health-2019"


def text(name: str = DEFAULT) -> str:
    """Return the text of the shipped policy *name*.

    Raises:
        FileNotFoundError: no policy of that name is shipped.
    """
    return (
        files(__package__ or "services.notifier.policies")
        .joinpath(f"{name}.yaml")
        .read_text(encoding="utf-8")
    )
