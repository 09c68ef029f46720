"""The objects of one vault in a local folder. docs/format/v1.md, "Object names"."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from .errors import Missing, VaultError

PIECE_BYTES = 1024 * 1024


class Folder:
    """Objects by their paths within the folder that holds the vault's header."""

    def __init__(self, root: Path):
        self.root = root

    def names(self, prefix: str) -> Iterator[str]:
        """Paths of the objects below a prefix, ascending; nothing where the prefix does not exist."""
        for folder, folders, files in os.walk(self.root / prefix, onerror=_raise_unless_absent):
            folders.sort()
            for file in sorted(files):
                yield (Path(folder) / file).relative_to(self.root).as_posix()

    def has(self, name: str) -> bool:
        """Whether the object is there."""
        return (self.root / name).is_file()

    def size(self, name: str) -> int:
        """Bytes of the object."""
        try:
            return (self.root / name).stat().st_size
        except FileNotFoundError as error:
            raise self._missing(name) from error

    def read(self, name: str, limit: int) -> bytes:
        """The whole object, at most `limit` bytes of it."""
        return self.read_at(name, 0, min(self.size(name), limit))

    def read_at(self, name: str, offset: int, length: int) -> bytes:
        """A range of the object; shorter where the object ends."""
        try:
            with open(self.root / name, "rb") as file:
                file.seek(offset)
                return file.read(length)
        except FileNotFoundError as error:
            raise self._missing(name) from error
        except OSError as error:
            raise VaultError(f"{name} cannot be read: {error.strerror}.") from error

    def sha256(self, name: str) -> bytes:
        """SHA-256 of the object, read piece by piece."""
        digest = hashlib.sha256()
        try:
            with open(self.root / name, "rb") as file:
                while piece := file.read(PIECE_BYTES):
                    digest.update(piece)
        except OSError as error:
            raise VaultError(f"{name} cannot be read: {error.strerror}.") from error
        return digest.digest()

    def _missing(self, name: str) -> Missing:
        return Missing(f"{name} is not in {self.root}. Another destination of the vault may have it.")


def _raise_unless_absent(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise VaultError(f"{error.filename} cannot be listed: {error.strerror}.") from error
