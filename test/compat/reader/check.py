"""`check`: every byte of a vault and everything that its snapshots refer to."""

from collections import Counter
from dataclasses import dataclass, field

from .chunks import load_stored
from .content import ContentRef, stream
from .errors import Damaged, VaultError
from .fields import Fields
from .item_sums import ItemSums
from .keys import BRANCH_META
from .notes import read_job, read_set
from .pack import HEADER_BYTES, PackHeader, open_chunk, pack_name_of, parse_pack_header, read_trailer
from .records import parse_item
from .snapshot import Body, snapshot_paths
from .tree import CURSORS, FOLDERS, ITEMS, LOG, OWED
from .tree_check import TreeCheck
from .vault import Vault, read_key_object

_SCHEMA = "CREATE TABLE content (reference BLOB PRIMARY KEY) WITHOUT ROWID;"


@dataclass
class Report:
    """What was looked at, and what is wrong."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def check(vault: Vault) -> Report:
    """Reads everything."""
    report = Report()
    _check_keys(vault, report)
    _check_packs(vault, report)
    _check_notes(vault, report)
    _SnapshotCheck(vault, report).run()
    return report


def _check_keys(vault: Vault, report: Report) -> None:
    for path in vault.folder.names("keys"):
        try:
            read_key_object(vault.folder, path)
            report.counts["key objects"] += 1
        except VaultError as error:
            report.problems.append(str(error))


def _check_packs(vault: Vault, report: Report) -> None:
    report.problems += vault.damaged
    for path, header in vault.catalogue.packs():
        try:
            _check_pack(vault, path, header, report)
            report.counts["packs"] += 1
        except VaultError as error:
            report.problems.append(str(error))


def _check_pack(vault: Vault, path: str, footer: PackHeader, report: Report) -> None:
    if vault.folder.sha256(path) != pack_name_of(path):
        raise Damaged(f"{path} holds other bytes than its name says: it was changed. Use another destination's copy.")
    if parse_pack_header(vault.folder.read_at(path, 0, HEADER_BYTES), vault.header.cipher, path) != footer:
        raise Damaged(f"{path}: header and footer differ.")
    for entry in read_trailer(vault.folder, path, vault.ring, vault.header.cipher)[1]:
        sealed = vault.folder.read_at(path, entry.offset, entry.sealed_bytes)
        try:
            open_chunk(sealed, entry, footer, vault.ring)
            report.counts["chunks"] += 1
        except VaultError as error:
            report.problems.append(f"{path}: {error}")


def _check_notes(vault: Vault, report: Report) -> None:
    """Those of generations were read when the vault was opened."""
    report.counts["notes"] += len(vault.signing_keys) - 1
    for prefix, read in (("sets", read_set), ("jobs", read_job)):
        for name in vault.folder.names(prefix):
            try:
                read(vault.folder, name, vault.ring, vault.header)
                report.counts["notes"] += 1
            except VaultError as error:
                report.problems.append(str(error))


class _SnapshotCheck:
    """Every snapshot's signature, trees, items and contents. What two snapshots share is read once."""

    def __init__(self, vault: Vault, report: Report):
        self._vault = vault
        self._report = report
        self._trees = TreeCheck(vault.chunks, vault.ring.tree_key, vault.scratch)
        self._sums = ItemSums(vault.chunks, vault.scratch)
        vault.scratch.database.executescript(_SCHEMA)

    def run(self) -> None:
        for path in snapshot_paths(self._vault.folder):
            try:
                self._check_snapshot(self._vault.open_snapshot(path)[1])
                self._report.counts["snapshots"] += 1
            except VaultError as error:
                self._problem(path, error)

    def _problem(self, where: str, error: VaultError) -> None:
        self._report.problems.append(str(error) if str(error).startswith(where) else f"{where}: {error}")

    def _check_snapshot(self, body: Body) -> None:
        self._trees.check(body.items, ITEMS, self._visit_item)
        self._trees.check(body.folders, FOLDERS, self._visit_stored)
        self._trees.check(body.cursors, CURSORS, self._visit_cursor)
        self._trees.check(body.owed, OWED, self._visit_owed)
        self._trees.check(body.log, LOG, self._visit_log)
        if body.set_definition is not None:
            self._vault.chunks.get(BRANCH_META, body.set_definition)
        self._sums.check(body)

    def _visit_stored(self, key: bytes, stored: bytes) -> None:
        load_stored(self._vault.chunks, stored, f"The value of {key!r}")

    def _visit_cursor(self, key: bytes, stored: bytes) -> None:
        self._fields(key, stored, "cursor").text(1)

    def _visit_owed(self, key: bytes, stored: bytes) -> None:
        fields = self._fields(key, stored, "owed item")
        fields.text(1), fields.optional_text(2), fields.text(3), fields.uint(4), fields.integer(5)

    def _visit_log(self, key: bytes, stored: bytes) -> None:
        fields = self._fields(key, stored, "log row")
        fields.integer(1), fields.optional_text(3), fields.optional_text(4), fields.text(5), fields.text(6)
        if len(key) != 8 or fields.uint(2) > 5 or fields.has(7) != fields.has(8):
            raise Damaged(f"Log row {key.hex()} breaks the format's rules.")

    def _fields(self, key: bytes, stored: bytes, kind: str) -> Fields:
        what = f"The {kind} {key.decode('utf-8', 'replace')}"
        return Fields(load_stored(self._vault.chunks, stored, what), what)

    def _visit_item(self, key: bytes, stored: bytes) -> None:
        """Reads every content of the item; one that is damaged is named, and the check goes on."""
        item = parse_item(key, load_stored(self._vault.chunks, stored, f"Item {key!r}"))
        contents = {"content": item.content, **item.extras}
        for name, content in contents.items():
            if content is None:
                continue
            try:
                self._check_content(content)
            except VaultError as error:
                self._problem(f"Item {item.id}, {name}", error)
        self._report.counts["item states"] += 1

    def _check_content(self, content: ContentRef) -> None:
        reference = b"".join((content.sha256, bytes([content.form, content.depth]), *content.chunks))
        added = self._vault.scratch.database.execute("INSERT OR IGNORE INTO content VALUES (?)", (reference,)).rowcount
        if not added:
            return
        for _ in stream(self._vault.chunks, content):
            pass
        self._report.counts["contents"] += 1
