"""Which pack holds which chunk, gathered from the packs' trailers.

Kept in a scratch file, so that memory does not grow with the vault.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import VaultError
from .keys import KeyRing
from .pack import PackHeader, TrailerEntry, pack_name_of, pack_path, read_trailer
from .source import Folder

_SCHEMA = """
CREATE TABLE pack (number INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, branch INTEGER NOT NULL,
                   cipher INTEGER NOT NULL, pack_id BLOB NOT NULL, key_id BLOB NOT NULL);
CREATE TABLE chunk (branch INTEGER NOT NULL, id BLOB NOT NULL, pack INTEGER NOT NULL, offset INTEGER NOT NULL,
                    sealed INTEGER NOT NULL, plain INTEGER NOT NULL,
                    birth_pack BLOB NOT NULL, birth_number INTEGER NOT NULL,
                    PRIMARY KEY (branch, id, pack, offset)) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Location:
    """One copy of a chunk."""

    pack_path: str
    header: PackHeader
    entry: TrailerEntry


class Scratch:
    """A database file that is gone when the program ends. It may hold names of items: it lies where the caller says."""

    def __init__(self, folder: Path | None = None):
        self._folder = tempfile.TemporaryDirectory(prefix="holdfast-reader-", dir=folder)
        self.database = sqlite3.connect(Path(self._folder.name) / "scratch.db", isolation_level=None)
        self.database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32768;")

    def __enter__(self) -> "Scratch":
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()
        self._folder.cleanup()


class Catalogue:
    """The vault's packs and chunks. Packs whose trailer cannot be read are listed in `damaged`."""

    def __init__(self, scratch: Scratch):
        self._database = scratch.database
        self._database.executescript(_SCHEMA)
        self.damaged: list[str] = []

    def fill(self, folder: Folder, ring: KeyRing, cipher: int) -> None:
        """Reads the trailer of every pack."""
        for path in folder.names("packs"):
            name = pack_name_of(path)
            if name is None:
                self.damaged.append(f"{path} is no name of a pack: an unfinished upload, or something else.")
                continue
            try:
                self._add(name, *read_trailer(folder, path, ring, cipher))
            except VaultError as error:
                self.damaged.append(str(error))

    def packs(self) -> Iterator[tuple[str, PackHeader]]:
        """All packs whose trailer was read."""
        for row in self._database.execute("SELECT name, branch, cipher, pack_id, key_id FROM pack ORDER BY name"):
            yield pack_path(row[0]), PackHeader(*row[1:])

    def plain_bytes(self, branch: int, chunk_id: bytes) -> int | None:
        """Length of a chunk as a trailer states it, or None where no pack holds the chunk."""
        row = self._database.execute(
            "SELECT plain FROM chunk WHERE branch = ? AND id = ? LIMIT 1", (branch, chunk_id)
        ).fetchone()
        return row[0] if row else None

    def locations(self, branch: int, chunk_id: bytes) -> list[Location]:
        """All copies of a chunk."""
        rows = self._database.execute(
            "SELECT name, pack.branch, cipher, pack_id, key_id, offset, sealed, plain, birth_pack, birth_number"
            " FROM chunk JOIN pack ON pack.number = chunk.pack WHERE chunk.branch = ? AND id = ?",
            (branch, chunk_id),
        )
        return [Location(pack_path(row[0]), PackHeader(*row[1:5]), TrailerEntry(chunk_id, *row[5:])) for row in rows]

    def _add(self, name: bytes, header: PackHeader, entries: list[TrailerEntry]) -> None:
        self._database.execute("BEGIN")
        number = self._database.execute(
            "INSERT INTO pack (name, branch, cipher, pack_id, key_id) VALUES (?, ?, ?, ?, ?)",
            (name, header.branch, header.cipher, header.pack_id, header.key_id),
        ).lastrowid
        self._database.executemany(
            "INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    header.branch,
                    e.chunk_id,
                    number,
                    e.offset,
                    e.sealed_bytes,
                    e.plain_bytes,
                    e.birth_pack_id,
                    e.birth_number,
                )
                for e in entries
            ),
        )
        self._database.execute("COMMIT")
