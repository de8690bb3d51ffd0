"""The address that undeliverable mail comes back to: it names the notice, and is signed.

Whoever knows the mailbox's address cannot make a notice look undelivered: the part behind the plus
is the notice's id and a code over it, under a key that never leaves this house. It is spelled in
small letters and digits, because mail servers on the way may change case.

Source: https://cr.yp.to/proto/verp.txt
"""

from base64 import b32decode, b32encode
from binascii import Error
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest, digest
from uuid import UUID

from services.notifier.adapters.channels.provider import SettingsReader, read_together

ADDRESS, KEY = "SHUPING_BOUNCE_ADDRESS", "SHUPING_BOUNCE_KEY"
_ID_BYTES, _CODE_BYTES = 16, 10
_MOST_LOCAL, _SHORTEST_KEY = 64, 16
_TAG = len(b32encode(bytes(_ID_BYTES + _CODE_BYTES)).rstrip(b"="))


@dataclass(frozen=True, slots=True)
class Returning:
    """One mailbox for what comes back, and the key that its addresses are signed with."""

    address: str
    key: bytes

    def of(self, notice: str) -> str:
        """Return the address that the mail of *notice* comes back to."""
        id_ = UUID(notice).bytes
        tag = b32encode(id_ + self._code(id_)).decode().rstrip("=").lower()
        local, _, domain = self.address.partition("@")
        return f"{local}+{tag}@{domain}"

    def notice(self, address: str) -> str | None:
        """Return the notice that *address* names; None: it is none of ours, or not signed."""
        local, _, tag = address.partition("@")[0].partition("+")
        if local.lower() != self.address.partition("@")[0].lower() or len(tag) != _TAG:
            return None
        try:
            told = b32decode(tag.upper() + "=" * (-len(tag) % 8))
        except Error:
            return None
        id_, code = told[:_ID_BYTES], told[_ID_BYTES:]
        return str(UUID(bytes=id_)) if compare_digest(code, self._code(id_)) else None

    def _code(self, id_: bytes) -> bytes:
        return digest(self.key, b"bounce/" + id_, sha256)[:_CODE_BYTES]


def read_returning(settings: SettingsReader) -> Returning | None:
    """Return where mail comes back to; None: to its sender, and nobody reads it."""
    given = read_together(settings, ADDRESS, KEY)
    if given is None:
        return None
    address, key = given
    local, _, domain = address.partition("@")
    if address and (not domain or "+" in local or len(local) + 1 + _TAG > _MOST_LOCAL):
        most = _MOST_LOCAL - _TAG - 1
        settings.fault(ADDRESS, f"is not a bare address of at most {most} characters before the @")
    if key and len(key) < _SHORTEST_KEY:
        settings.fault(KEY, f"is not a key of at least {_SHORTEST_KEY} characters")
    return Returning(address, key.encode())
