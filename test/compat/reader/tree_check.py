"""Checks that a tree closes: every node is there, in order, counted right, and ends where the tree key says."""

from collections.abc import Callable
from dataclasses import dataclass

from .catalogue import Scratch
from .chunks import ChunkSource
from .errors import Damaged
from .tree import Group, Root, Shape, key_level, read_node

_SCHEMA = """
CREATE TABLE node (id BLOB NOT NULL, level INTEGER NOT NULL, leaf INTEGER NOT NULL, inner INTEGER NOT NULL,
    entries INTEGER NOT NULL, first BLOB NOT NULL, last BLOB NOT NULL, is_closed INTEGER NOT NULL,
    PRIMARY KEY (id, level, leaf, inner)) WITHOUT ROWID;
"""

Visit = Callable[[bytes, bytes], None]


@dataclass(frozen=True)
class Subtree:
    """What a checked node holds. `is_closed`: it ends behind a key that ends nodes of its level."""

    entries: int
    first: bytes
    last: bytes
    is_closed: bool


class TreeCheck:
    """Remembers what it has checked: snapshots share most of their nodes, and each is read once."""

    def __init__(self, chunks: ChunkSource, tree_key: bytes, scratch: Scratch):
        self._chunks = chunks
        self._tree_key = tree_key
        self._database = scratch.database
        self._database.executescript(_SCHEMA)

    def check(self, root: Root | None, shape: Shape, visit: Visit) -> None:
        """Raises VaultError at the first thing that is wrong.

        `visit` gets each entry of leaves that no earlier check has read.
        """
        if root is None:
            return
        whole = self._subtree(root.id, root.level, shape, visit)
        if whole.entries != root.entries:
            raise Damaged(f"Tree root {root.id.hex()} counts {root.entries} entries, its leaves hold {whole.entries}.")
        if root.level > 0 and len(read_node(self._chunks, root.id, root.level)) == 1:
            raise Damaged(f"Tree root {root.id.hex()} has a single child, which ought to be the root.")

    def _subtree(self, node_id: bytes, level: int, shape: Shape, visit: Visit) -> Subtree:
        known = self._recall(node_id, level, shape)
        if known is not None:
            return known
        groups = read_node(self._chunks, node_id, level)
        if any(key_level(self._tree_key, group.key, shape) > level for group in groups[:-1]):
            raise Damaged(f"Tree node {node_id.hex()} goes on behind a key that ends it.")
        first = self._check_children(groups, level, shape, visit) if level > 0 else self._visit_all(groups, visit)
        last = groups[-1].key
        is_closed = key_level(self._tree_key, last, shape) > level
        found = Subtree(sum(group.count for group in groups), first, last, is_closed)
        self._remember(node_id, level, shape, found)
        return found

    def _visit_all(self, groups: list[Group], visit: Visit) -> bytes:
        for group in groups:
            visit(group.key, group.value)
        return groups[0].key

    def _check_children(self, groups: list[Group], level: int, shape: Shape, visit: Visit) -> bytes:
        """Checks each child against what its parent says of it. Gives the first key beneath."""
        first: bytes | None = None
        before: bytes | None = None
        for group in groups:
            child = self._subtree(group.value, level - 1, shape, visit)
            if (
                child.last != group.key
                or child.entries != group.count
                or (before is not None and child.first <= before)
            ):
                raise Damaged(f"Tree node {group.value.hex()} holds other keys than its parent says.")
            if group is not groups[-1] and not child.is_closed:
                raise Damaged(f"Tree node {group.value.hex()} ends behind a key that ends no node of its level.")
            first = child.first if first is None else first
            before = child.last
        assert first is not None
        return first

    def _recall(self, node_id: bytes, level: int, shape: Shape) -> Subtree | None:
        row = self._database.execute(
            "SELECT entries, first, last, is_closed FROM node WHERE id = ? AND level = ? AND leaf = ? AND inner = ?",
            (node_id, level, shape.leaf, shape.inner),
        ).fetchone()
        return Subtree(row[0], row[1], row[2], bool(row[3])) if row else None

    def _remember(self, node_id: bytes, level: int, shape: Shape, found: Subtree) -> None:
        self._database.execute(
            "INSERT OR IGNORE INTO node VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (node_id, level, shape.leaf, shape.inner, found.entries, found.first, found.last, found.is_closed),
        )
