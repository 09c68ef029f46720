"""Reading chunks by id, and values that are stored out of line. docs/format/v1.md, "Chunks" and "Out of line"."""

from collections import OrderedDict
from typing import Protocol

from .catalogue import Catalogue, Location
from .cbor import decode, decode_map
from .errors import Damaged, Missing, VaultError
from .fields import as_ids
from .keys import BRANCH_META, BRANCH_NAMES, KeyRing
from .pack import open_chunk
from .source import Folder

INLINE_BYTES = 2048
PIECE_BYTES = 262_144
MAX_VALUE_BYTES = 16 * 1024 * 1024
CACHE_BYTES = 32 * 1024 * 1024


class ChunkSource(Protocol):
    """Whatever gives a chunk's plain bytes by branch and id, proven by the id; raises VaultError where it cannot."""

    def get(self, branch: int, chunk_id: bytes) -> bytes:
        ...


class ChunkReader:
    """Chunks out of the vault's packs. Small metadata chunks stay in a cache of fixed size."""

    def __init__(self, folder: Folder, catalogue: Catalogue, ring: KeyRing):
        self._folder = folder
        self._catalogue = catalogue
        self._ring = ring
        self._cache: OrderedDict[bytes, bytes] = OrderedDict()
        self._cached_bytes = 0

    def get(self, branch: int, chunk_id: bytes) -> bytes:
        """The chunk's plain bytes from the first copy that is whole."""
        if branch == BRANCH_META and chunk_id in self._cache:
            self._cache.move_to_end(chunk_id)
            return self._cache[chunk_id]
        plain = self._read(branch, chunk_id)
        if branch == BRANCH_META:
            self._remember(chunk_id, plain)
        return plain

    def _read(self, branch: int, chunk_id: bytes) -> bytes:
        failure: VaultError = Missing(
            f"Chunk {chunk_id.hex()} (branch {BRANCH_NAMES[branch]}) is in no readable pack."
            " Another destination may have it."
        )
        for location in self._catalogue.locations(branch, chunk_id):
            try:
                return self._open(location)
            except VaultError as error:
                failure = type(error)(f"{location.pack_path}: {error}")
        raise failure

    def _open(self, location: Location) -> bytes:
        entry = location.entry
        sealed = self._folder.read_at(location.pack_path, entry.offset, entry.sealed_bytes)
        return open_chunk(sealed, entry, location.header, self._ring)

    def _remember(self, chunk_id: bytes, plain: bytes) -> None:
        self._cache[chunk_id] = plain
        self._cached_bytes += len(plain)
        while self._cached_bytes > CACHE_BYTES:
            self._cached_bytes -= len(self._cache.popitem(last=False)[1])


def load_stored(chunks: ChunkSource, stored: bytes, what: str) -> dict:
    """The map behind a stored value: itself, or the pieces that its ids name, joined."""
    value = decode(stored, what)
    if type(value) is dict:
        if len(stored) > INLINE_BYTES:
            raise Damaged(f"{what} is too long to be stored inline.")
        return value
    ids = as_ids(value, what)
    if len(ids) > MAX_VALUE_BYTES // PIECE_BYTES:
        raise Damaged(f"{what} is longer than the format allows.")
    pieces = [chunks.get(BRANCH_META, each) for each in ids]
    if not _are_cut_right(pieces):
        raise Damaged(f"{what} is not cut into pieces as the format says.")
    return decode_map(b"".join(pieces), what)


def _are_cut_right(pieces: list[bytes]) -> bool:
    if not pieces or any(len(piece) != PIECE_BYTES for piece in pieces[:-1]):
        return False
    return 0 < len(pieces[-1]) <= PIECE_BYTES and sum(map(len, pieces)) > INLINE_BYTES
