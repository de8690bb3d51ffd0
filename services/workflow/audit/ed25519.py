"""Ed25519 by `cryptography`, in the shapes that notes ask for: seeds, closures, bytes.

Source: https://www.rfc-editor.org/rfc/rfc8032
"""

from secrets import token_bytes

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from schemas.note import KEY_BYTES, BadKey, Sign, SignerKey, VerifierKey, Verify, key_name

MAX_NAME = 255


def public_of(seed: bytes) -> bytes:
    """Return the public key of a private *seed*."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def signer(seed: bytes) -> Sign:
    """Return what signs with *seed*."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign


def verifier(public: bytes) -> Verify:
    """Return what tells whether a signature by *public* holds."""
    key = Ed25519PublicKey.from_public_bytes(public)

    def verify(signature: bytes, message: bytes) -> bool:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return verify


def new_key(name: str) -> tuple[str, str]:
    """Make a key; return its private text, which is a secret, and its public one.

    Raises:
        ValueError: no note could carry this name.
    """
    if len(name) > MAX_NAME:
        raise BadKey(f"a key's name has {MAX_NAME} characters at most")
    key_name(name)
    seed = token_bytes(KEY_BYTES)
    public = public_of(seed)
    return SignerKey(name, seed).text(public), str(VerifierKey(name, public))


def load_signer(text: str) -> tuple[VerifierKey, Sign]:
    """Read a private key; return the public one and what signs.

    Raises:
        BadKey: not a private key of ours.
    """
    key = SignerKey.parse(text, public_of)
    return VerifierKey(key.name, public_of(key.seed)), signer(key.seed)


def load_verifier(text: str) -> tuple[VerifierKey, Verify]:
    """Read a public key; return it and what verifies.

    Raises:
        BadKey: not a public key of ours.
    """
    key = VerifierKey.parse(text)
    try:
        return key, verifier(key.public)
    except ValueError as error:
        raise BadKey("not a point on the curve") from error
