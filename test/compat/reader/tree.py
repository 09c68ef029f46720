"""Reading trees. docs/format/v1.md, "Trees"."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .cbor import decode
from .chunks import ChunkSource
from .errors import Damaged, VaultError
from .fields import Fields, as_id
from .keys import BRANCH_META
from .primitives import hmac

MAX_KEY_BYTES = 4096
MAX_LEVEL = 64


@dataclass(frozen=True)
class Root:
    """The root of a tree that has entries."""

    id: bytes
    level: int
    entries: int


@dataclass(frozen=True)
class Group:
    """A leaf's entry: key and stored value; or an inner node's: last key of a child, the child, its entries."""

    key: bytes
    value: bytes
    count: int


@dataclass(frozen=True)
class Shape:
    """The constants that decide where a tree's nodes end."""

    leaf: int
    inner: int


ITEMS = Shape(12, 64)
FOLDERS = Shape(32, 48)
CURSORS = Shape(8, 32)
OWED = Shape(48, 64)
LOG = Shape(48, 128)


def parse_root(value: Any, what: str) -> Root | None:
    """A tree root as snapshots hold it; None for the tree without entries."""
    if value is None:
        return None
    if type(value) is not list or len(value) != 3:
        raise Damaged(f"{what} is no tree root.")
    node_id, level, entries = value
    if type(level) is not int or type(entries) is not int or not 0 <= level <= MAX_LEVEL or entries < 1:
        raise Damaged(f"{what} is no tree root.")
    return Root(as_id(node_id, what), level, entries)


def read_node(chunks: ChunkSource, node_id: bytes, level: int) -> list[Group]:
    """The groups of the node, which has to be of this level."""
    what = f"Tree node {node_id.hex()}"
    fields = Fields(decode(chunks.get(BRANCH_META, node_id), what), what)
    if fields.uint(1) != level:
        raise Damaged(f"{what} is of another level than its parent says.")
    flat = fields.array(2)
    width = 3 if level == 0 else 4
    if not flat or len(flat) % width:
        raise Damaged(f"{what} has no whole groups.")
    groups: list[Group] = []
    for at in range(0, len(flat), width):
        before = groups[-1].key if groups else None
        groups.append(_group(flat[at : at + width], before, level, what))
    return groups


def _group(parts: list[Any], before: bytes | None, level: int, what: str) -> Group:
    shared, rest, value = parts[:3]
    count = parts[3] if level > 0 else 1
    if (
        type(shared) is not int
        or type(rest) is not bytes
        or type(value) is not bytes
        or type(count) is not int
        or count < 1
    ):
        raise Damaged(f"{what} holds groups of another form.")
    key = (before or b"")[:shared] + rest if shared >= 0 else b""
    if (
        shared != common_prefix(before or b"", key)
        or (before is not None and key <= before)
        or len(key) > MAX_KEY_BYTES
    ):
        raise Damaged(f"{what}: its keys break the format's rules.")
    if level > 0:
        as_id(value, what)
    return Group(key, value, count)


def common_prefix(left: bytes, right: bytes) -> int:
    """Number of bytes that both begin with."""
    length = min(len(left), len(right))
    for at in range(length):
        if left[at] != right[at]:
            return at
    return length


def _raise(error: VaultError) -> None:
    raise error


def walk(
    chunks: ChunkSource, root: Root | None, on_damage: Callable[[VaultError], None] = _raise
) -> Iterator[tuple[bytes, bytes]]:
    """All entries (key, stored value) in order. Nodes that cannot be read go to `on_damage`.

    Holds one node for each level.
    """
    if root is not None:
        yield from _walk_node(chunks, root.id, root.level, on_damage)


def _walk_node(
    chunks: ChunkSource, node_id: bytes, level: int, on_damage: Callable[[VaultError], None]
) -> Iterator[tuple[bytes, bytes]]:
    try:
        groups = read_node(chunks, node_id, level)
    except VaultError as error:
        on_damage(error)
        return
    for group in groups:
        if level == 0:
            yield group.key, group.value
        else:
            yield from _walk_node(chunks, group.value, level - 1, on_damage)


def find(chunks: ChunkSource, root: Root | None, key: bytes) -> bytes | None:
    """The stored value of a key, or None."""
    if root is None:
        return None
    node_id = root.id
    for level in range(root.level, 0, -1):
        child = next((group for group in read_node(chunks, node_id, level) if group.key >= key), None)
        if child is None:
            return None
        node_id = child.value
    return next((group.value for group in read_node(chunks, node_id, 0) if group.key == key), None)


def key_level(tree_key: bytes, key: bytes, shape: Shape) -> int:
    """The highest number of levels on which a node ends behind this key."""
    digest = hmac(tree_key, key)
    for word in range(8):
        bound = 2**32 // (shape.leaf if word == 0 else shape.inner)
        if int.from_bytes(digest[4 * word : 4 * word + 4], "big") >= bound:
            return word
    return 8
