"""Policies beside what they speak of: the newest edition of their scheme, and the organisation.

A policy is held against both when it is imported. What is imported after it never waits for it: a
scheme that it does not fit any more is published, and who publishes it is told.
"""

from dataclasses import dataclass

import orjson

from schemas.document import Document, Path
from schemas.policy import Policy
from schemas.policy_reading import read_policy
from schemas.said import said
from services.workflow.application.editions import Editions
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.domain.fitting.reaching import check_reach
from services.workflow.domain.fitting.telling import check_places, check_targets
from services.workflow.domain.language.model.scheme import Scheme

Misfit = tuple[Path, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Policies:
    """The use cases of holding a policy against what it speaks of."""

    editions: Editions
    rulebook: Rulebook
    directory: Directory

    def misfits(self, policy: Policy) -> list[Misfit]:
        """Return where *policy* names what its scheme or the organisation does not have."""
        found: list[Misfit] = []

        def note(at: Path, reason: str) -> None:
            found.append((at, reason))

        schemes = self.editions.in_force("scheme")
        if policy.scheme in schemes:
            scheme = self.rulebook.scheme(schemes[policy.scheme].hash)
            check_places(policy, scheme, note)
            check_reach(policy, scheme, note, _ignore)
        else:
            note(("scheme",), said("the scheme {scheme} is not published", scheme=policy.scheme))
        organisation = self.directory.current()
        if organisation.root is not None:  # before the first import nobody knows its words
            check_targets(policy, organisation.vocabulary, note)
        return found

    def without_effect(self, policy: Policy) -> list[Misfit]:
        """Return what of *policy* falls due by no day that its scheme counts, though it might."""
        found: list[Misfit] = []
        schemes = self.editions.in_force("scheme")
        if policy.scheme in schemes:
            scheme = self.rulebook.scheme(schemes[policy.scheme].hash)
            check_reach(policy, scheme, _ignore, lambda at, reason: found.append((at, reason)))
        return found

    def outgrown_by(self, scheme: Scheme) -> list[Misfit]:
        """Return where the policy in force for *scheme* names what *scheme* does not have."""
        found: list[Misfit] = []
        edition = self.editions.policies().get(scheme.id)
        if edition is not None:
            kept = self.editions.kept([edition.hash])[edition.hash]
            policy = read_policy(Document(orjson.loads(kept.canonical)))
            check_places(policy, scheme, lambda at, reason: found.append((at, reason)))
        return found


def _ignore(_at: Path, _reason: str) -> None:
    """Leave to who asks for the other."""
