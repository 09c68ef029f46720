"""The cryptographic building blocks. docs/format/v1.md, "Conventions"."""

import hashlib
import hmac as python_hmac

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

TAG_BYTES = 16
NONCE_BYTES = 12
ZERO_NONCE = bytes(NONCE_BYTES)

AES_256_GCM = 0
AES_128_GCM = 1
KEY_BYTES = {AES_256_GCM: 32, AES_128_GCM: 16}


def hkdf(key: bytes, info: str, length: int, salt: bytes = b"") -> bytes:
    """HKDF-SHA-256 (RFC 5869)."""
    return HKDF(hashes.SHA256(), length, salt, info.encode("ascii")).derive(key)


def hmac(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA-256."""
    return python_hmac.digest(key, data, "sha256")


def sha256(data: bytes) -> bytes:
    """SHA-256 of the bytes."""
    return hashlib.sha256(data).digest()


def open_sealed(key: bytes, nonce: bytes, associated: bytes, sealed: bytes) -> bytes | None:
    """The plain bytes of AES-GCM ciphertext and tag, or None when the tag does not fit.

    The key's length chooses the cipher.
    """
    if len(sealed) < TAG_BYTES:
        return None
    try:
        return AESGCM(key).decrypt(nonce, sealed, associated)
    except InvalidTag:
        return None


def is_signed(public_key: bytes, context: str, message: bytes, signature: bytes) -> bool:
    """Whether the Ed25519 signature over `context`, a byte 00 and the message is right."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, context.encode("ascii") + b"\0" + message)
    except (InvalidSignature, ValueError):
        return False
    return True


def all_zero(data: bytes) -> bool:
    """Whether every byte is zero."""
    return not any(data)


def uint32(data: bytes, offset: int) -> int:
    """The unsigned little-endian 32-bit integer at the offset."""
    return int.from_bytes(data[offset : offset + 4], "little")
