"""Packs: header, sealed chunks, trailer, footer. docs/format/v1.md, "Packs"."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import zstandard

from .errors import Damaged, Unsupported
from .keys import BRANCH_DATA, BRANCH_META, KeyRing
from .primitives import KEY_BYTES, TAG_BYTES, ZERO_NONCE, all_zero, hkdf, hmac, open_sealed, uint32
from .source import Folder

HEADER_BYTES = 48
FOOTER_BYTES = 64
ENTRY_BYTES = 64
MIN_BYTES = 128
MAX_BYTES = 64 * 1024 * 1024
MAX_CHUNK_BYTES = 8 * 1024 * 1024
FORM_PLAIN, FORM_ZSTD = 0, 1


@dataclass(frozen=True)
class PackHeader:
    """The first 48 bytes of a pack."""

    branch: int
    cipher: int
    pack_id: bytes
    key_id: bytes


@dataclass(frozen=True)
class TrailerEntry:
    """Where one chunk lies in a pack, and where it was born."""

    chunk_id: bytes
    offset: int
    sealed_bytes: int
    plain_bytes: int
    birth_pack_id: bytes
    birth_number: int


def pack_name_of(path: str) -> bytes | None:
    """The SHA-256 that a pack's path promises, or None when the path is none of a pack."""
    parts = path.split("/")
    is_pack = len(parts) == 3 and parts[0] == "packs" and len(parts[2]) == 64 and parts[1] == parts[2][:2]
    if not is_pack or parts[2].lower() != parts[2]:
        return None
    try:
        return bytes.fromhex(parts[2])
    except ValueError:
        return None


def pack_path(name: bytes) -> str:
    """The path of a pack."""
    digits = name.hex()
    return f"packs/{digits[:2]}/{digits}"


def parse_pack_header(data: bytes, cipher: int, path: str) -> PackHeader:
    """Reads a pack's header and checks it against the vault's cipher."""
    if len(data) != HEADER_BYTES or data[0:8] != b"HOLDPACK":
        raise Damaged(f"{path} is no pack.")
    if data[8] != 1:
        raise Unsupported(f"{path} is a pack of version {data[8]}; this program knows version 1.")
    if data[9] not in (BRANCH_DATA, BRANCH_META) or data[10] != cipher or not all_zero(data[11:16]):
        raise Damaged(f"{path}: the pack's header breaks the format's rules.")
    return PackHeader(data[9], data[10], data[16:32], data[32:48])


def read_trailer(folder: Folder, path: str, ring: KeyRing, cipher: int) -> tuple[PackHeader, list[TrailerEntry]]:
    """What a pack says that it holds: two reads from its end. The chunks' bytes are not looked at."""
    size = folder.size(path)
    if not MIN_BYTES <= size <= MAX_BYTES:
        raise Damaged(
            f"{path} has {size} bytes; a pack has {MIN_BYTES} to {MAX_BYTES}. It was cut off or is something else."
        )
    footer = folder.read_at(path, size - FOOTER_BYTES, FOOTER_BYTES)
    if footer[56:64] != b"HOLDPEND" or not all_zero(footer[52:56]):
        raise Damaged(f"{path} does not end like a pack: it was cut off or changed.")
    header = parse_pack_header(footer[:HEADER_BYTES], cipher, path)
    trailer_bytes = uint32(footer, 48)
    start = size - FOOTER_BYTES - trailer_bytes
    if start < HEADER_BYTES:
        raise Damaged(f"{path}: the trailer is said to be longer than the pack.")
    key = hkdf(ring.index_key, "holdfast/v1/trailer", KEY_BYTES[cipher], header.pack_id)
    plain = open_sealed(key, ZERO_NONCE, footer[:HEADER_BYTES], folder.read_at(path, start, trailer_bytes))
    if plain is None or len(plain) % ENTRY_BYTES:
        raise Damaged(
            f"{path}: the trailer does not open. What lies in the pack is unknown; use another destination's copy."
        )
    return header, list(_entries(plain, start, path))


def _entries(plain: bytes, trailer_start: int, path: str) -> Iterator[TrailerEntry]:
    expected = HEADER_BYTES
    for at in range(0, len(plain), ENTRY_BYTES):
        entry = _entry(plain[at : at + ENTRY_BYTES])
        overhead = 1 + TAG_BYTES
        is_sound = entry.offset == expected and overhead <= entry.sealed_bytes <= entry.plain_bytes + overhead
        if not is_sound or entry.plain_bytes > MAX_CHUNK_BYTES:
            raise Damaged(f"{path}: the trailer's entry {at // ENTRY_BYTES} breaks the format's rules.")
        expected += entry.sealed_bytes
        yield entry
    if expected != trailer_start:
        raise Damaged(f"{path}: the chunks do not end where the trailer begins.")


def _entry(data: bytes) -> TrailerEntry:
    return TrailerEntry(data[0:32], uint32(data, 32), uint32(data, 36), uint32(data, 40), data[44:60], uint32(data, 60))


def open_chunk(sealed: bytes, entry: TrailerEntry, header: PackHeader, ring: KeyRing) -> bytes:
    """The plain bytes of a chunk, proven by its id. `header` is of the pack that holds it, wherever it was born."""
    what = f"Chunk {entry.chunk_id.hex()}"
    key = _pack_key(ring.branch_key(header.key_id, header.branch), entry.birth_pack_id, header.cipher)
    nonce = entry.birth_number.to_bytes(4, "little") + bytes(8)
    formed = open_sealed(key, nonce, entry.chunk_id, sealed)
    if not formed:
        raise Damaged(f"{what} does not open: its bytes were changed.")
    plain = _unform(formed[0], formed[1:], entry.plain_bytes, what)
    if len(plain) != entry.plain_bytes or hmac(ring.chunk_id_keys[header.branch], plain) != entry.chunk_id:
        raise Damaged(f"{what} opens to bytes that are not its own.")
    return plain


@lru_cache(maxsize=1024)
def _pack_key(branch_key: bytes, birth_pack_id: bytes, cipher: int) -> bytes:
    return hkdf(branch_key, "holdfast/v1/pack", KEY_BYTES[cipher], birth_pack_id)


def _unform(form: int, payload: bytes, plain_bytes: int, what: str) -> bytes:
    if form == FORM_PLAIN:
        return payload
    if form != FORM_ZSTD:
        raise Unsupported(f"{what} has form {form}; this program knows 0 and 1.")
    try:
        return _decompress(payload, plain_bytes, what)
    except zstandard.ZstdError as error:
        raise Damaged(f"{what} does not decompress.") from error


def _decompress(payload: bytes, plain_bytes: int, what: str) -> bytes:
    stated = zstandard.get_frame_parameters(payload).content_size
    if stated not in (plain_bytes, zstandard.CONTENTSIZE_UNKNOWN):
        raise Damaged(f"{what} decompresses to another length than the trailer says.")
    return zstandard.ZstdDecompressor().decompress(payload, max_output_size=plain_bytes)
