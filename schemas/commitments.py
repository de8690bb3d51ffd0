"""A commitment stands in the log for a text that lies beside it and may be erased.

The salt makes a short text ("同意") impossible to guess from its hash; once text and salt are
gone, what is left says nothing, and the log still verifies.
"""

from hashlib import sha256
from hmac import compare_digest
from typing import Any

SALT_BYTES = 32


def commit(text: str, salt: bytes) -> dict[str, Any]:
    """Return the commitment to *text* under *salt*, 32 random bytes used once."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    data = text.encode()
    return {"sha256": sha256(salt + data).hexdigest(), "length": len(data)}


def matches(commitment: dict[str, Any], text: str, salt: bytes) -> bool:
    """Tell whether *commitment* was made of this *text* and *salt*."""
    made = commit(text, salt)
    return made["length"] == commitment["length"] and compare_digest(
        made["sha256"], str(commitment["sha256"])
    )
