"""Notes: generations, backup sets, jobs. docs/format/v1.md, "Notes"."""

import re

from .cbor import decode_map
from .errors import Damaged, Unsupported, VaultError
from .fields import Fields
from .header import VaultHeader
from .keys import KeyRing
from .primitives import ZERO_NONCE, all_zero, hkdf, hmac, open_sealed
from .source import Folder

FIXED_BYTES = 32
MAX_BYTES = 16 * 1024 * 1024
_GENERATION = re.compile(r"generations/([0-9]{8})")
_SET = re.compile(r"sets/([0-9a-f]{32})/([0-9]{8})-([0-9]{10})")
_JOB = re.compile(r"jobs/([0-9a-f]{32})-([0-9]{6})")


def open_note(data: bytes, name: str, key: bytes, key_bytes: int) -> Fields:
    """The body of a note, which is bound to its name."""
    if len(data) < FIXED_BYTES or len(data) > MAX_BYTES or data[0:8] != b"HOLDNOTE":
        raise Damaged(f"{name} is no note.")
    if data[8] != 1:
        raise Unsupported(f"{name} is a note of version {data[8]}; this program knows version 1.")
    if not all_zero(data[9:16]):
        raise Damaged(f"{name}: the note's fixed part is damaged.")
    fixed = data[:FIXED_BYTES]
    sealing_key = hkdf(key, "holdfast/v1/note", key_bytes, data[16:32])
    body = open_sealed(sealing_key, ZERO_NONCE, fixed + name.encode(), data[FIXED_BYTES:])
    if body is None:
        raise Damaged(f"{name} does not open: its bytes were changed, or it lay under another name.")
    return Fields(decode_map(body, name), name)


def signing_keys(folder: Folder, ring: KeyRing, header: VaultHeader, problems: list[str]) -> dict[int, bytes]:
    """The public key that certifies the snapshots of each generation.

    A note that cannot be read is added to the problems.
    """
    keys = {1: header.signing_key}
    for name in folder.names("generations"):
        try:
            note = read_generation(folder, name, ring, header)
            keys[note.uint(3)] = note.id32(4)
        except VaultError as error:
            problems.append(str(error))
    return keys


def read_generation(folder: Folder, name: str, ring: KeyRing, header: VaultHeader) -> Fields:
    """The note that a generation was opened."""
    found = _GENERATION.fullmatch(name)
    if found is None:
        raise Damaged(f"{name} is no name of a generation.")
    note = open_note(folder.read(name, MAX_BYTES + 1), name, ring.header_key, header.key_bytes)
    note.text(1), note.text(2), note.integer(5)
    if note.uint(3) != int(found[1]) or note.uint(3) < 2:
        raise Damaged(f"{name} speaks of another generation than its name.")
    return note


def read_set(folder: Folder, name: str, ring: KeyRing, header: VaultHeader) -> Fields:
    """A version of a backup set."""
    found = _SET.fullmatch(name)
    if found is None:
        raise Damaged(f"{name} is no name of a backup set.")
    note = open_note(folder.read(name, MAX_BYTES + 1), name, ring.index_key, header.key_bytes)
    note.text(2)
    stated = (opaque_name(ring, "holdfast/v1/set", note.text(1), note.text(3)), note.uint(4), note.uint(5))
    if stated != (found[1], int(found[2]), int(found[3])):
        raise Damaged(f"{name} speaks of another backup set than its name.")
    if note.raw(6) is not None:
        note.map(6)
    return note


def read_job(folder: Folder, name: str, ring: KeyRing, header: VaultHeader) -> Fields:
    """A part of a job's report."""
    found = _JOB.fullmatch(name)
    if found is None:
        raise Damaged(f"{name} is no name of a job.")
    note = open_note(folder.read(name, MAX_BYTES + 1), name, ring.index_key, header.key_bytes)
    note.text(2), note.map(6)
    stated = (opaque_name(ring, "holdfast/v1/job", note.text(1), note.text(3)), note.uint(4))
    if stated != (found[1], int(found[2])) or note.uint(4) >= note.uint(5):
        raise Damaged(f"{name} speaks of another job than its name.")
    return note


def opaque_name(ring: KeyRing, *parts: str) -> str:
    """The digits by which a name stands for ids without telling them."""
    return hmac(ring.index_key, b"\0".join(map(str.encode, parts)))[:16].hex()
