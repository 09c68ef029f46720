"""Snapshot objects: opening, proving, choosing. docs/format/v1.md, "Snapshots" and the sections below it."""

import datetime
import re
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .cbor import decode, decode_map
from .errors import Damaged, Unsupported, VaultError
from .fields import Fields
from .header import VaultHeader
from .keys import BRANCH_META, KeyRing
from .notes import opaque_name
from .primitives import TAG_BYTES, ZERO_NONCE, all_zero, hkdf, is_signed, open_sealed, sha256, uint32
from .source import Folder
from .tree import Root, parse_root

FIXED_BYTES = 56
SIGNATURE_BYTES = 64
MAX_PART_BYTES = 16 * 1024 * 1024 + TAG_BYTES
MAX_BYTES = FIXED_BYTES + 2 * MAX_PART_BYTES + SIGNATURE_BYTES
_NAME = re.compile(r"snapshots/(?P<chain>[0-9a-f]{32})/(?P<generation>[0-9]{8})-(?P<number>[0-9]{10})")


@dataclass(frozen=True)
class Snapshot:
    """The header of a proven snapshot."""

    path: str
    id: bytes
    tenant: str
    vault: str
    set: str
    resource: str
    job: str
    epoch: int
    generation: int
    number: int
    parent: bytes | None
    job_started_at: int
    finished_at: int
    time_zone: str
    new_packs: tuple[bytes, ...]

    @property
    def order(self) -> tuple[int, int, int]:
        """Of two snapshots of a chain the newer has the greater."""
        return self.generation, self.job_started_at, self.number

    @property
    def day(self) -> datetime.date:
        """The day that the snapshot belongs to: the one on which its job started, in the set's time zone."""
        try:
            zone = zoneinfo.ZoneInfo(self.time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
            raise VaultError(
                f"This machine does not know the time zone {self.time_zone}; install Debian's 'tzdata'."
            ) from error
        return datetime.datetime.fromtimestamp(self.job_started_at / 1000, zone).date()


@dataclass(frozen=True)
class Body:
    """A snapshot's trees and sums."""

    items: Root | None
    folders: Root | None
    cursors: Root | None
    owed: Root | None
    log: Root | None
    ledger: dict[Any, Any]
    set_definition: bytes | None


@dataclass(frozen=True)
class SnapshotKeys:
    """What opening and proving a snapshot needs. `signing_keys` are the public keys by generation."""

    ring: KeyRing
    header: VaultHeader
    signing_keys: dict[int, bytes]


def read_snapshot(folder: Folder, path: str, keys: SnapshotKeys) -> tuple[Snapshot, Body]:
    """The snapshot, after its signature, its certificate and its name have been proven."""
    name = _NAME.fullmatch(path)
    if name is None:
        raise Damaged(f"{path} is no name of a snapshot.")
    data = folder.read(path, MAX_BYTES)
    header_end = _parts(data, path)
    header = _open(data, FIXED_BYTES, header_end, keys.ring.index_key, "snapshot-header", keys, path)
    fields = Fields(decode_map(header, path), path)
    _prove(data, fields, _signing_key(fields, keys, path), path)
    snapshot = _snapshot(data, fields, path)
    _check_name(snapshot, name, keys)
    meta_key = keys.ring.branch_key(data[32:48], BRANCH_META)
    body = _open(data, header_end, len(data) - SIGNATURE_BYTES, meta_key, "snapshot-body", keys, path)
    return snapshot, _body(body, path)


def _parts(data: bytes, path: str) -> int:
    """Checks the fixed part; gives where the sealed header ends."""
    if len(data) < FIXED_BYTES + SIGNATURE_BYTES or data[0:8] != b"HOLDSNAP":
        raise Damaged(f"{path} is no snapshot.")
    if data[8] != 1:
        raise Unsupported(f"{path} is a snapshot of version {data[8]}; this program knows version 1.")
    header_bytes, body_bytes = uint32(data, 48), uint32(data, 52)
    if not all_zero(data[9:16]) or FIXED_BYTES + header_bytes + body_bytes + SIGNATURE_BYTES != len(data):
        raise Damaged(f"{path} is not a whole snapshot: it was cut off or changed.")
    return FIXED_BYTES + header_bytes


def _open(data: bytes, start: int, end: int, input_key: bytes, part: str, keys: SnapshotKeys, path: str) -> bytes:
    key = hkdf(input_key, f"holdfast/v1/{part}", keys.header.key_bytes, data[16:32])
    plain = open_sealed(key, ZERO_NONCE, data[:FIXED_BYTES], data[start:end])
    if plain is None:
        raise Damaged(f"{path} does not open: its bytes were changed. Use another destination's copy.")
    return plain


def _signing_key(header: Fields, keys: SnapshotKeys, path: str) -> bytes:
    generation = header.uint(7)
    if generation not in keys.signing_keys:
        raise Damaged(
            f"{path}: nothing in the vault says that generation {generation} was opened. The snapshot cannot be proven."
        )
    return keys.signing_keys[generation]


def _prove(data: bytes, header: Fields, signing_key: bytes, path: str) -> None:
    """The rules of a genuine snapshot."""
    pair = decode(header.binary(15), f"{path}: the certificate")
    if type(pair) is not list or len(pair) != 2 or any(type(each) is not bytes for each in pair):
        raise Damaged(f"{path}: the certificate is no pair of payload and signature.")
    payload, signature = pair
    if not is_signed(signing_key, "holdfast/v1/certificate", payload, signature):
        raise Damaged(
            f"{path}: its generation's signing key did not certify the task that wrote it. The snapshot is not genuine."
        )
    certificate = Fields(decode_map(payload, f"{path}: the certificate"), f"{path}: the certificate")
    signed = data[:-SIGNATURE_BYTES]
    if not is_signed(certificate.id32(7), "holdfast/v1/snapshot", signed, data[-SIGNATURE_BYTES:]):
        raise Damaged(f"{path}: the signature does not fit. The snapshot was changed or is not genuine.")
    equal_texts = all(certificate.text(key) == header.text(key) for key in (1, 2, 3, 4))
    equal_numbers = certificate.uint(5) == header.uint(6) and certificate.uint(6) == header.uint(7)
    if not equal_texts or not equal_numbers:
        raise Damaged(f"{path}: the certificate is for another task. The snapshot is not genuine.")
    if header.integer(12) > certificate.integer(8):
        raise Damaged(f"{path}: the certificate had expired when the snapshot was written. It is not genuine.")


def _snapshot(data: bytes, header: Fields, path: str) -> Snapshot:
    header.integer(11)
    return Snapshot(
        path=path,
        id=sha256(data),
        tenant=header.text(1),
        vault=header.text(2),
        set=header.text(3),
        resource=header.text(4),
        job=header.text(5),
        epoch=header.uint(6),
        generation=header.uint(7),
        number=header.uint(8),
        parent=header.id32_or_null(9),
        job_started_at=header.integer(10),
        finished_at=header.integer(12),
        time_zone=header.text(13),
        new_packs=tuple(_pack_names(header.binary(14), path)),
    )


def _pack_names(joined: bytes, path: str) -> Iterator[bytes]:
    names = [joined[at : at + 32] for at in range(0, len(joined), 32)]
    if len(joined) % 32 or any(left >= right for left, right in zip(names, names[1:])):
        raise Damaged(f"{path}: the names of its packs are not in order.")
    return iter(names)


def _check_name(snapshot: Snapshot, name: re.Match[str], keys: SnapshotKeys) -> None:
    chain = opaque_name(keys.ring, "holdfast/v1/resource", snapshot.tenant, snapshot.set, snapshot.resource)
    stated = (name["chain"], int(name["generation"]), int(name["number"]))
    if stated != (chain, snapshot.generation, snapshot.number):
        raise Damaged(f"{snapshot.path} holds the snapshot of another name: it was moved or replaced.")
    if keys.header.tenant not in (None, snapshot.tenant) or keys.header.vault not in (None, snapshot.vault):
        raise Damaged(f"{snapshot.path} is a snapshot of another vault.")


def _body(data: bytes, path: str) -> Body:
    fields = Fields(decode_map(data, path), path)
    if not all(fields.has(key) for key in range(1, 7)):
        raise Damaged(f"{path}: the body lacks a tree.")
    roots = [parse_root(fields.raw(key), f"{path}: tree {key}") for key in range(1, 6)]
    return Body(*roots, fields.map(6), fields.id32(7) if fields.has(7) else None)


def snapshot_paths(folder: Folder) -> Iterator[str]:
    """The paths of all objects below `snapshots/`; those of a chain together, oldest first."""
    return folder.names("snapshots")
