"""Texts published in tests as `migrate` and the import commands do it."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from schemas import calendars
from schemas.canonical import canonical_bytes
from schemas.document import Fault, Faults
from services.workflow import schemes
from services.workflow.adapters.files import drafts, scheme_file
from services.workflow.application.editions import Draft, Publishing
from services.workflow.domain.language.model.scheme import Scheme

ROOT = Path(__file__).parents[1]
SCHEME = "jilin-health-2019"
POLICY = schemes.policy(SCHEME).decode()
# The text of format 1 that was shipped under the same id before: rounds opened under it go on.
EARLIER_FILE = ROOT / "services/workflow/schemes/earlier" / f"{SCHEME}.yaml"
ROOM = Path(__file__).with_name("room.txt")  # a scheme of a room in which is voted
EARLIER = EARLIER_FILE.read_text(encoding="utf-8")


def draft_of(kind: str, tree: dict[str, Any]) -> Draft:
    """Return the draft of a text that nobody read: for what does not look into it."""
    canonical = canonical_bytes(tree)
    return Draft(kind=kind, id=tree["id"], hash=sha256(canonical).hexdigest(), canonical=canonical)


@cache  # once a process: reading a scheme takes longer than publishing it
def _shipped() -> list[Draft]:
    return drafts.shipped(calendars.versions()[-1])


@cache
def _earlier() -> Draft:
    return drafts.load("scheme", str(EARLIER_FILE))


def publish_shipped(publishing: Publishing) -> None:
    """Publish all that is shipped, the newest calendar with it."""
    publishing.publish(_shipped())


def publish_earlier(publishing: Publishing) -> None:
    """Publish all that is shipped, and put the scheme that was shipped before in force over it."""
    publish_shipped(publishing)
    publishing.publish([_earlier()])


def publish_schemes(publishing: Publishing, *wanted: Scheme) -> None:
    """Publish *wanted*, and for each of them the shipped policy under its name."""
    publishing.publish([draft for scheme in wanted for draft in with_policy(scheme)])


def with_policy(scheme: Scheme) -> list[Draft]:
    """Return the drafts of *scheme* and of a policy for it."""
    policy = drafts.load_policy(POLICY.replace(SCHEME, scheme.id), "policy.yaml")
    return [
        Draft(kind="scheme", id=scheme.id, hash=scheme.hash, canonical=scheme.canonical),
        Draft(kind="policy", id=policy.id, hash=policy.hash, canonical=policy.canonical),
    ]


def faults_in(text: str, file: str) -> list[Fault]:
    """Return everything that is wrong with a scheme's *text*, by its lines; empty: it is sound."""
    try:
        scheme_file.load(text, file)
    except Faults as broken:
        return list(broken.faults)
    return []
