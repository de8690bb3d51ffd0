"""The very words that left: what stands in the log for them, and what proves them later.

A message is written when it leaves and forgotten with it. What is kept is a commitment to its words
and the salt of that: with the mail in hand anybody can show that it is the one, and without it
nobody can guess what it said. The salt stays in the ledger; the log has the digest alone.
"""

from dataclasses import dataclass

from schemas.commitments import commit


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """The commitment to one message."""

    digest: str  # hex SHA-256 of the salt and of what `spelled` returns
    salt: str  # hex; 32 random bytes, used once


def spelled(subject: str, text: str) -> str:
    """Return a message as its digest is taken: subject, an empty line, text; ends are one LF."""
    return f"{subject}\n\n{text}"


def words_of(subject: str, text: str, salt: bytes) -> Words:
    """Return what is kept of a message under *salt*."""
    return Words(digest=commit(spelled(subject, text), salt)["sha256"], salt=salt.hex())
