"""Content references, lists of chunks, and contents as streams.

docs/format/v1.md, "Content reference" and "Content lists".
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .chunks import ChunkSource
from .errors import Damaged
from .fields import Fields
from .keys import BRANCH_DATA, BRANCH_META
from .mail import rebuild

LIST_ENTRY_BYTES = 40
MAX_LIST_ENTRIES = 4096
MAX_DIRECT_CHUNKS = 64
MAX_DEPTH = 6
FORM_BYTES, FORM_MAIL = 0, 1


@dataclass(frozen=True)
class ContentRef:
    """What an item says of a content."""

    size: int
    form: int
    sha256: bytes
    chunks: tuple[bytes, ...]
    depth: int


def parse_content_ref(value: Any, what: str) -> ContentRef:
    """Reads a content reference."""
    fields = Fields(value, what)
    ref = ContentRef(fields.uint(1), fields.uint(2), fields.id32(3), tuple(fields.ids(4)), fields.uint(5))
    count = len(ref.chunks)
    is_sound = count <= MAX_DIRECT_CHUNKS if ref.depth == 0 else count == 1 and ref.depth <= MAX_DEPTH
    if ref.form not in (FORM_BYTES, FORM_MAIL) or not is_sound:
        raise Damaged(f"{what} breaks the format's rules.")
    return ref


def data_chunk_ids(chunks: ChunkSource, ref: ContentRef) -> Iterator[bytes]:
    """The ids of a content's chunks in order, read out of its lists. Holds one list for each level."""
    if ref.depth == 0:
        yield from ref.chunks
        return
    for chunk_id, _ in _below(chunks, ref.chunks[0], ref.depth):
        yield chunk_id


def stream(chunks: ChunkSource, ref: ContentRef) -> Iterator[bytes]:
    """The content's bytes in pieces of at most 8 MiB.

    Raises Damaged at the end when length or SHA-256 are others than the reference says.
    """
    parts = _data_chunks(chunks, ref)
    digest = hashlib.sha256()
    length = 0
    for piece in rebuild(parts) if ref.form == FORM_MAIL else parts:
        length += len(piece)
        if length > ref.size:
            break
        digest.update(piece)
        yield piece
    if length != ref.size or digest.digest() != ref.sha256:
        raise Damaged("The content comes out with another length or SHA-256 than its record says.")


def _data_chunks(chunks: ChunkSource, ref: ContentRef) -> Iterator[bytes]:
    if ref.depth == 0:
        for chunk_id in ref.chunks:
            yield chunks.get(BRANCH_DATA, chunk_id)
        return
    for chunk_id, size in _below(chunks, ref.chunks[0], ref.depth):
        plain = chunks.get(BRANCH_DATA, chunk_id)
        if len(plain) != size:
            raise Damaged(f"Chunk {chunk_id.hex()} has another length than its list says.")
        yield plain


def _below(chunks: ChunkSource, list_id: bytes, depth: int) -> Iterator[tuple[bytes, int]]:
    """The data chunks (id, bytes) below a list."""
    for chunk_id, size in _list_entries(chunks.get(BRANCH_META, list_id), list_id):
        if depth == 1:
            yield chunk_id, size
            continue
        total = 0
        for below in _below(chunks, chunk_id, depth - 1):
            total += below[1]
            yield below
        if total != size:
            raise Damaged(f"Content list {chunk_id.hex()} holds another number of bytes than the list above it says.")


def _list_entries(data: bytes, list_id: bytes) -> Iterator[tuple[bytes, int]]:
    count, rest = divmod(len(data), LIST_ENTRY_BYTES)
    if rest or not 1 <= count <= MAX_LIST_ENTRIES:
        raise Damaged(f"Content list {list_id.hex()} has no whole entries.")
    for at in range(0, len(data), LIST_ENTRY_BYTES):
        yield data[at : at + 32], int.from_bytes(data[at + 32 : at + 40], "little")
