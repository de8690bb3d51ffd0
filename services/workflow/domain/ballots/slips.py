"""A slip: the secret that lets somebody vote once, and the code that shows it was used.

A secret is typed as it is printed, in letters and digits that nobody mistakes for each other. Only
its hash is kept. The check code follows from the hash: it tells nothing of the secret, and no
column has to hold it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

# Without 0, O, 1 and I: 32 signs, five bits each.
SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 26  # 130 bits
CHECK_LENGTH = 10
_GROUP = 4
_DIGESTED = b"shuping check code\n"


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip as it is printed; nobody keeps it."""

    secret: str
    electorate: str  # its name

    @property
    def hash(self) -> bytes:
        return hash_of(self.secret)

    @property
    def check(self) -> str:
        return check_code(self.hash)


def drawn(electorate: str, choose: Callable[[str], str]) -> Slip:
    """Return a new slip of *electorate*; *choose* picks a sign, nobody can foretell which."""
    return Slip("".join(choose(SIGNS) for _ in range(LENGTH)), electorate)


def read(typed: str) -> str | None:
    """Return the secret that somebody typed or scanned, however it is grouped; None: it is none."""
    return _signs(typed, LENGTH)


def read_check(typed: str) -> str | None:
    """Return the check code that somebody typed; None: it is none."""
    return _signs(typed, CHECK_LENGTH)


def _signs(typed: str, length: int) -> str | None:
    signs = "".join(typed.split()).replace("-", "").upper()
    return signs if len(signs) == length and not set(signs) - set(SIGNS) else None


def hash_of(secret: str) -> bytes:
    return sha256(secret.encode("ascii")).digest()


def check_code(secret_hash: bytes) -> str:
    """Return the second code of a slip, from what is kept of its first."""
    number = int.from_bytes(sha256(_DIGESTED + secret_hash).digest()[:8], "big")
    signs = []
    for _ in range(CHECK_LENGTH):
        number, at = divmod(number, len(SIGNS))
        signs.append(SIGNS[at])
    return "".join(signs)


def spelled(code: str) -> str:
    """Return a code as it is printed and read aloud: in groups of four."""
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))
