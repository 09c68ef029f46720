"""What the items of a snapshot have to agree with: the folders tree and the ledger."""

from collections import Counter
from typing import Any

from .catalogue import Scratch
from .cbor import encode
from .chunks import ChunkSource, load_stored
from .errors import Damaged
from .fields import Fields
from .records import Item, folder_key, folder_value, parse_item
from .snapshot import Body
from .tree import Root, walk

_SCHEMA = "CREATE TABLE listing (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"


class ItemSums:
    """Goes once over the items of a snapshot. What folders ought to list is sorted in the scratch file."""

    def __init__(self, chunks: ChunkSource, scratch: Scratch):
        self._chunks = chunks
        self._database = scratch.database
        self._database.executescript(_SCHEMA)
        self._listed: tuple[Root | None, Root | None] = (None, None)
        self._holds: dict[str, list[int]] = {}
        self._left_out: Counter[str] = Counter()

    def check(self, body: Body) -> None:
        """Raises Damaged where the folders tree or the ledger says something else than the items."""
        if (body.items, body.folders) != self._listed:
            self._gather(body.items)
            self._check_folders(body.folders)
            self._listed = (body.items, body.folders)
        self._check_ledger(body)

    def _gather(self, items: Root | None) -> None:
        self._holds, self._left_out, self._listed = {}, Counter(), (None, None)
        self._database.execute("DELETE FROM listing")
        self._database.execute("BEGIN")
        try:
            for key, stored in walk(self._chunks, items):
                self._add(parse_item(key, load_stored(self._chunks, stored, f"Item {key!r}")))
        finally:
            self._database.execute("COMMIT")

    def _add(self, item: Item) -> None:
        self._database.execute("INSERT OR REPLACE INTO listing VALUES (?, ?)", (folder_key(item), folder_value(item)))
        tally = self._holds.setdefault(item.kind, [0, 0])
        tally[0] += 1
        tally[1] += item.size
        if item.left_out is not None:
            self._left_out[item.left_out[1]] += 1

    def _check_folders(self, folders: Root | None) -> None:
        """The folders tree lists exactly the items, each under the key and with the value that its record gives."""
        expected = self._database.execute("SELECT key, value FROM listing ORDER BY key")
        for key, stored in walk(self._chunks, folders):
            if expected.fetchone() != (key, encode(load_stored(self._chunks, stored, f"The listing of {key!r}"))):
                raise Damaged(f"The folders tree lists under {key.hex()} what the items do not give.")
        if expected.fetchone() is not None:
            raise Damaged("The folders tree lists fewer items than there are.")

    def _check_ledger(self, body: Body) -> None:
        ledger = Fields(body.ledger, "The ledger")
        stated: dict[str, Any] = {kind: tally for kind, tally in ledger.map(2).items() if tally != [0, 0]}
        if stated != self._holds:
            raise Damaged("The ledger states other sums than the items give.")
        if {cause: count for cause, count in ledger.map(3).items() if count} != dict(self._left_out):
            raise Damaged("The ledger counts other left-out items than the items tree holds.")
        if ledger.uint(4) != (body.owed.entries if body.owed else 0):
            raise Damaged("The ledger counts another number of owed items than the tree of owed items holds.")
