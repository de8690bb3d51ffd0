"""List every dependency with its version and licence, as Markdown: python -m deploy.licences.

Read from what is installed in .venv, which is what the lock files say.
"""

import re
from importlib.metadata import Distribution, distribution
from pathlib import Path

ROOT = Path(__file__).parent.parent
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
_BROKER = (
    ("Apache Kafka 4.3.1 and the jars it needs", "Apache-2.0, with some BSD, MIT and EPL-2.0"),
    ("Apache Log4j 2.25.2", "Apache-2.0"),
)


def main() -> None:
    """Print the page."""
    runtime = _pins("requirements.lock")
    development = {
        name: pin for name, pin in _pins("requirements-dev.lock").items() if name not in runtime
    }
    print("# Licences of what we depend on\n")
    print("Made by `make licences` from what the lock files install. Shuping itself is Apache-2.0.")
    print("\n## In both services\n")
    _table(runtime)
    print("\npsycopg and crc32c are LGPL: libraries that anyone can replace, as it asks.")
    print("\n## For development and tests only\n")
    _table(development)
    print("\n## Servers that tests and `make stack` start\n")
    print("| name | licence |\n|---|---|")
    for name, licence in (
        *_BROKER,
        ("PostgreSQL 15", "PostgreSQL"),
        ("Chromium", "BSD-3-Clause and others"),
    ):
        print(f"| {name} | {licence} |")


def _pins(lock: str) -> dict[str, str]:
    return dict(_PIN.findall((ROOT / lock).read_text()))


def _table(pins: dict[str, str]) -> None:
    print("| package | version | licence |\n|---|---|---|")
    for name, version in sorted(pins.items()):
        print(f"| {name} | {version} | {_licence(distribution(name))} |")


def _licence(found: Distribution) -> str:
    said = found.metadata
    declared = _first(said.get_all("License-Expression"))
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in said.get_all("Classifier", [])
        if line.startswith("License :: ") and not line.endswith("OSI Approved")
    ]
    stated = _first(said.get_all("License"))
    one_line = stated if "\n" not in stated and len(stated) < 60 else ""  # noqa: PLR2004
    return declared or ", ".join(classifiers) or one_line or "see its files"


def _first(values: list[str] | None) -> str:
    return values[0].strip() if values else ""


if __name__ == "__main__":
    main()
