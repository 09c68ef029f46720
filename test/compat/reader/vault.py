"""Finding a vault in a folder, unlocking it, and opening what it holds."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from .catalogue import Catalogue, Scratch
from .chunks import ChunkReader
from .closure import is_closed
from .errors import Damaged, Missing, VaultError, WrongKey
from .header import MAX_BYTES as MAX_HEADER_BYTES
from .header import VaultHeader, header_key_id, parse_header
from .keys import OBJECT_BYTES, OPEN, PASSPHRASE, KeyObject, KeyRing, RootKey, key_object_path, passphrase_bytes
from .notes import signing_keys
from .pack import pack_path
from .primitives import hkdf
from .snapshot import Body, Snapshot, SnapshotKeys, read_snapshot, snapshot_paths
from .source import Folder

WRAP_NAMES = {1: "provider", 3: "recovery"}


@dataclass(frozen=True)
class Secrets:
    """What the caller knows. Any of them may open a vault."""

    root_keys: list[RootKey] = field(default_factory=list)
    passphrase: str | None = None
    wrapping_keys: list[bytes] = field(default_factory=list)
    is_unencrypted: bool = False


@dataclass(frozen=True)
class Vault:
    """An unlocked vault."""

    folder: Folder
    ring: KeyRing
    header: VaultHeader
    scratch: Scratch
    catalogue: Catalogue
    chunks: ChunkReader
    signing_keys: dict[int, bytes]
    damaged: list[str]
    """What could not be read when the vault was opened: packs' trailers, notes of generations."""

    def chains(self, problems: list[str]) -> Iterator[list[Snapshot]]:
        """The genuine snapshots of each chain; what is none is added to the problems. Holds one chain at a time."""
        for _, paths in groupby(snapshot_paths(self.folder), key=lambda path: path.rpartition("/")[0]):
            chain = [snapshot for path in paths if (snapshot := self._proven(path, problems)) is not None]
            if chain:
                yield chain

    def open_snapshot(self, path: str) -> tuple[Snapshot, Body]:
        """One snapshot and its body."""
        return read_snapshot(self.folder, path, SnapshotKeys(self.ring, self.header, self.signing_keys))

    def newest(self, chain: list[Snapshot]) -> Snapshot | None:
        """The newest complete one of these snapshots of one chain."""
        ordered = sorted(chain, key=lambda each: each.order, reverse=True)
        return next((snapshot for snapshot in ordered if self._is_complete(snapshot)), None)

    def _is_complete(self, snapshot: Snapshot) -> bool:
        """Packs that are gone may have been repacked: then the chunks that the snapshot needs lie in others."""
        if all(self.folder.has(pack_path(name)) for name in snapshot.new_packs):
            return True
        return is_closed(self.chunks, self.catalogue, self.open_snapshot(snapshot.path)[1])

    def _proven(self, path: str, problems: list[str]) -> Snapshot | None:
        try:
            return self.open_snapshot(path)[0]
        except VaultError as error:
            problems.append(str(error))
            return None


@contextmanager
def open_vault(place: Path, secrets: Secrets) -> Iterator[Vault]:
    """The one vault below the folder that the secrets open, with its packs catalogued."""
    folder, roots = _unlock_one(place, secrets)
    ring = KeyRing(roots)
    header = parse_header(folder.read("header", MAX_HEADER_BYTES + 1), ring.header_key)
    with Scratch() as scratch:
        catalogue = Catalogue(scratch)
        catalogue.fill(folder, ring, header.cipher)
        chunks = ChunkReader(folder, catalogue, ring)
        damaged = list(catalogue.damaged)
        keys = signing_keys(folder, ring, header, damaged)
        yield Vault(folder, ring, header, scratch, catalogue, chunks, keys, damaged)


def _unlock_one(place: Path, secrets: Secrets) -> tuple[Folder, list[RootKey]]:
    folders = list(find_vaults(place))
    if not folders:
        raise Missing(
            f"No vault lies below {place}: there is no object 'header'."
            " Name the folder that the backups were written to."
        )
    opened = [(folder, roots) for folder in folders if (roots := unlock(folder, secrets))]
    if not opened:
        key_ids = ", ".join(header_key_id(folder.read("header", MAX_HEADER_BYTES + 1)).hex() for folder in folders)
        raise WrongKey(
            f"What you gave opens none of the vaults below {place}."
            f" Their first root keys have the ids {key_ids}{_given(secrets)}."
            " Nothing is said about the vaults' health. Give the key that was shown when the backup set was made."
        )
    if len(opened) > 1:
        paths = ", ".join(str(folder.root) for folder, _ in opened)
        raise VaultError(f"What you gave opens several vaults: {paths}. Name one of these folders.")
    return opened[0]


def _given(secrets: Secrets) -> str:
    if not secrets.root_keys:
        return ""
    return f"; yours has {', '.join(root.key_id.hex() for root in secrets.root_keys)}"


def find_vaults(place: Path) -> Iterator[Folder]:
    """The folders at or below `place` that hold a vault's header."""
    if not place.is_dir():
        raise Missing(f"{place} is no folder.")
    for folder, folders, files in os.walk(place):
        folders.sort()
        found = Folder(Path(folder))
        if "header" in files and found.read("header", 8) == b"HOLDVALT":
            folders.clear()
            yield found


def unlock(folder: Folder, secrets: Secrets) -> list[RootKey]:
    """The vault's root keys that the secrets give, the first one first; nothing when the first is not among them."""
    first_id = header_key_id(folder.read("header", MAX_HEADER_BYTES + 1))
    roots = {root.key_id: root for root in secrets.root_keys}
    for root in _wrapped_roots(folder, secrets):
        roots[root.key_id] = root
    if first_id not in roots:
        return []
    return [roots.pop(first_id), *roots.values()]


def _wrapped_roots(folder: Folder, secrets: Secrets) -> Iterator[RootKey]:
    for path in folder.names("keys"):
        try:
            root = _open_wrapped(read_key_object(folder, path), secrets)
        except Damaged:
            continue
        if root is not None:
            yield root


def read_key_object(folder: Folder, path: str) -> KeyObject:
    """The key object, which has to lie under the path that its bytes give."""
    data = folder.read(path, OBJECT_BYTES + 1)
    key = KeyObject.parse(data, path)
    if key_object_path(key, data) != path:
        raise Damaged(f"{path} holds other bytes than its name says.")
    return key


def _open_wrapped(key: KeyObject, secrets: Secrets) -> RootKey | None:
    if key.kind == OPEN:
        return key.open(b"") if secrets.is_unencrypted else None
    if key.kind == PASSPHRASE:
        return key.open(passphrase_bytes(secrets.passphrase)) if secrets.passphrase is not None else None
    for secret in secrets.wrapping_keys:
        if hkdf(secret, f"holdfast/v1/wrap-id/{WRAP_NAMES[key.kind]}", 16) == key.secret_id:
            return key.open(secret)
    return None
