"""Passwords as argon2id hashes.

The one idea: a hash carries its own parameters, so they can be raised later and a sign-in still
finds the old ones. Source: RFC 9106, section 4 (second recommended option: 64 MiB, 3 passes).
"""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Argon2Passwords:
    """Makes and checks argon2id hashes; safe to share between threads."""

    def __init__(self, *, memory_kib: int = 65536, passes: int = 3, lanes: int = 4) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes)

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def matches(self, password_hash: str, password: str) -> bool:
        """Tell whether *password* made *password_hash*; a hash nobody can read matches nothing."""
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
