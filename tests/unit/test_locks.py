"""The lock files are whole: whatever a locked package needs is locked, at a version that will do.

The installer is told not to resolve anything, so that no release of somebody else's can come
between; then nothing may be missing.
"""

import re
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def locked(lock: str) -> dict[str, Version]:
    text = (ROOT / lock).read_text()
    return {canonicalize_name(name): Version(version) for name, version in _PIN.findall(text)}


def needed(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    for text in requires(name) or ():
        requirement, there = Requirement(text), default_environment()
        marker = requirement.marker
        if marker is None or any(marker.evaluate({**there, "extra": one}) for one in {"", *extras}):
            yield requirement


def wanting(lock: str) -> list[str]:
    """Return what packages of *lock* need and it lacks, extras of extras included."""
    pins, seen, found = locked(lock), set[tuple[str, frozenset[str]]](), list[str]()
    waiting = [(name, frozenset[str]()) for name in pins]
    while waiting:
        name, extras = one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        for requirement in needed(name, extras):
            other = canonicalize_name(requirement.name)
            if other in pins and requirement.specifier.contains(pins[other], prereleases=True):
                waiting.append((other, frozenset(requirement.extras)))
            else:
                found.append(f"{name} needs {requirement}")
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_of_every_locked_package_is_locked(lock: str):
    assert wanting(lock) == []


def test_both_lists_hold_the_same_versions():
    short, long = map(locked, LOCKS)
    assert short.items() <= long.items()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_versions_and_hashes_and_no_address(lock: str):
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=\S)", text) if "==" in entry)
