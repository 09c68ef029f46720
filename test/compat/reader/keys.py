"""Root keys, what is derived from them, and the objects that keep them. docs/format/v1.md, "Keys"."""

import base64
import binascii
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from argon2.low_level import Type, hash_secret_raw

from .errors import Damaged, Missing, Unsupported, WrongKey
from .primitives import all_zero, hkdf, open_sealed, sha256, uint32

ROOT_BYTES = 32
OBJECT_BYTES = 140
KINDS = ("open", "provider", "passphrase", "recovery")
OPEN, PROVIDER, PASSPHRASE, RECOVERY = range(4)
BRANCH_DATA, BRANCH_META = 0, 1
BRANCH_NAMES = ("data", "meta")


@dataclass(frozen=True)
class RootKey:
    """One root key and the keys that each root key gives."""

    secret: bytes

    @staticmethod
    def from_text(text: str) -> "RootKey":
        """The key that people see: 44 characters of base64."""
        return RootKey(secret_from_text(text))

    @cached_property
    def key_id(self) -> bytes:
        """The name by which objects refer to this key."""
        return hkdf(self.secret, "holdfast/v1/key-id", 16)

    def branch_key(self, branch: int) -> bytes:
        """The key that seals the chunks of a branch."""
        return hkdf(self.secret, f"holdfast/v1/branch/{BRANCH_NAMES[branch]}", 32)


def secret_from_text(text: str) -> bytes:
    """The 32 bytes that 44 characters of base64 stand for."""
    try:
        secret = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise WrongKey("The key is no base64. A key is 44 characters that end in '='; copy it again.") from error
    if len(secret) != ROOT_BYTES:
        raise WrongKey(f"The key has {len(secret)} bytes, a root key has {ROOT_BYTES}: 44 characters that end in '='.")
    return secret


class KeyRing:
    """The root keys of one vault. The first gives the keys that never change."""

    def __init__(self, roots: list[RootKey]):
        first = roots[0].secret
        self.first = roots[0]
        self.index_key = hkdf(first, "holdfast/v1/index", 32)
        self.header_key = hkdf(first, "holdfast/v1/header", 32)
        self.tree_key = hkdf(first, "holdfast/v1/tree", 32)
        self.chunk_id_keys = tuple(hkdf(first, f"holdfast/v1/chunk-id/{name}", 32) for name in BRANCH_NAMES)
        self._branch_keys = {root.key_id: tuple(map(root.branch_key, (BRANCH_DATA, BRANCH_META))) for root in roots}

    def branch_key(self, key_id: bytes, branch: int) -> bytes:
        """The branch key of the root key with this id."""
        if key_id not in self._branch_keys:
            raise Missing(
                f"The vault has a root key {key_id.hex()} that was not given."
                " What it seals stays closed: give that key too."
            )
        return self._branch_keys[key_id][branch]


@dataclass(frozen=True)
class KeyObject:
    """A parsed key object: one root key, closed by a secret."""

    kind: int
    place: int
    key_id: bytes
    secret_id: bytes
    salt: bytes
    memory_kib: int
    passes: int
    lanes: int
    nonce: bytes
    sealed: bytes
    associated: bytes

    @staticmethod
    def parse(data: bytes, what: str) -> "KeyObject":
        """Takes the 140 bytes apart and checks every rule that needs no secret."""
        if len(data) != OBJECT_BYTES or data[0:8] != b"HOLDKEYS":
            raise Damaged(f"{what} is no key object.")
        if data[8] != 1:
            raise Unsupported(f"{what} is a key object of version {data[8]}; this program knows version 1.")
        memory_kib, passes, lanes = (uint32(data, offset) for offset in (64, 68, 72))
        key = KeyObject(
            kind=data[9],
            place=int.from_bytes(data[10:12], "little"),
            key_id=data[16:32],
            secret_id=data[32:48],
            salt=data[48:64],
            memory_kib=memory_kib,
            passes=passes,
            lanes=lanes,
            nonce=data[80:92],
            sealed=data[92:140],
            associated=data[0:92],
        )
        if not key._is_sound(data):
            raise Damaged(f"{what} breaks the rules of key objects.")
        return key

    def open(self, secret: bytes) -> RootKey | None:
        """The root key, or None when the secret is another. For kind 2 the secret is the passphrase in UTF-8, NFC."""
        if self.kind == OPEN:
            return self._proven(self.sealed[:ROOT_BYTES])
        plain = open_sealed(self._wrapping_key(secret), self.nonce, self.associated, self.sealed)
        return None if plain is None else self._proven(plain)

    def _wrapping_key(self, secret: bytes) -> bytes:
        if self.kind == PASSPHRASE:
            return argon2id(secret, self)
        return hkdf(secret, f"holdfast/v1/wrap/{KINDS[self.kind]}", 32, self.salt)

    def _proven(self, plain: bytes) -> RootKey:
        root = RootKey(plain)
        if root.key_id != self.key_id:
            raise Damaged(f"The key object of root key {self.key_id.hex()} holds another key.")
        return root

    def _is_sound(self, data: bytes) -> bool:
        if self.kind >= len(KINDS) or not all_zero(data[12:16] + data[76:80]):
            return False
        if self.kind not in (PROVIDER, RECOVERY) and not all_zero(self.secret_id):
            return False
        if self.kind == OPEN and not all_zero(data[124:140]):
            return False
        if self.kind != PASSPHRASE:
            return all_zero(data[64:76])
        return 1 <= self.passes <= 16 and 1 <= self.lanes <= 16 and 8 * self.lanes <= self.memory_kib <= 1_048_576


def argon2id(passphrase: bytes, key: KeyObject) -> bytes:
    """The key that a passphrase gives under the object's salt and costs."""
    return hash_secret_raw(
        passphrase,
        key.salt,
        time_cost=key.passes,
        memory_cost=key.memory_kib,
        parallelism=key.lanes,
        hash_len=32,
        type=Type.ID,
    )


def passphrase_bytes(passphrase: str) -> bytes:
    """A passphrase as it is fed to Argon2id."""
    return unicodedata.normalize("NFC", passphrase).encode("utf-8")


def key_object_path(key: KeyObject, data: bytes) -> str:
    """Where an object with these bytes has to lie."""
    return f"keys/{key.key_id.hex()}/{KINDS[key.kind]}-{sha256(data).hex()[:16]}"
