"""Item records and the keys and values of the folders tree. docs/format/v1.md, "Item record" and "Folders tree"."""

from dataclasses import dataclass
from typing import Any

from .cbor import encode
from .content import ContentRef, parse_content_ref
from .fields import Fields

FOLDER_KINDS = ("mail-folder", "drive-root", "drive-folder")
TOP_KINDS = ("mail-folder", "drive-root")
CONTAINER_KINDS = (*FOLDER_KINDS, "package")
LISTED_PROPERTIES = ("from", "isRead", "hasAttachments")
NAME_BYTES = 96


@dataclass(frozen=True)
class Item:
    """One item of a snapshot."""

    id: str
    kind: str
    parent_id: str | None
    name: str
    modified_at: int | None
    sort_at: int | None
    size: int
    properties: dict[str, Any]
    content: ContentRef | None
    extras: dict[str, ContentRef]
    left_out: tuple[int, str] | None

    @property
    def is_container(self) -> bool:
        """Whether other items may lie in it."""
        return self.kind in CONTAINER_KINDS

    @property
    def is_top(self) -> bool:
        """Whether the item stands for the whole mailbox or drive."""
        return self.kind in TOP_KINDS and self.parent_id is None


def parse_item(key: bytes, record: dict[Any, Any]) -> Item:
    """Reads an item record; `key` is its key in the items tree."""
    item_id = key.decode("utf-8", "replace")
    what = f"Item {item_id}"
    fields = Fields(record, what)
    fields.optional_integer(4)
    extras = fields.map(12) if fields.has(12) else {}
    return Item(
        id=item_id,
        kind=fields.text(1),
        parent_id=fields.optional_text(2),
        name=fields.text(3),
        modified_at=fields.optional_integer(5),
        sort_at=fields.optional_integer(6),
        size=fields.uint(7),
        properties=fields.map(10),
        content=parse_content_ref(fields.map(11), what) if fields.has(11) else None,
        extras={name: parse_content_ref(value, what) for name, value in extras.items()},
        left_out=_left_out(fields),
    )


def _left_out(fields: Fields) -> tuple[int, str] | None:
    if not fields.has(16):
        return None
    pair = fields.array(16)
    both = Fields(dict(enumerate(pair)), "A record's 'leftOut'")
    return both.uint(0), both.text(1)


def folder_key(item: Item) -> bytes:
    """The item's key in the folders tree."""
    return (item.parent_id or "").encode() + b"\0" + _sort(item) + item.id.encode()


def _sort(item: Item) -> bytes:
    if item.kind == "message":
        instant = next((at for at in (item.sort_at, item.modified_at) if at is not None), 0)
        return b"\x03" + (2**62 - instant).to_bytes(8, "big")
    name = item.name.encode()[:NAME_BYTES]
    lowered = bytes(byte + 0x20 if 0x41 <= byte <= 0x5A else byte or 1 for byte in name)
    return (b"\x01" if item.kind in FOLDER_KINDS else b"\x02") + lowered + b"\0"


def folder_value(item: Item) -> bytes:
    """The item's value in the folders tree, encoded."""
    sort_at = item.sort_at if item.sort_at is not None else item.modified_at
    listed = LISTED_PROPERTIES if item.kind == "message" else ()
    value: dict[int, Any] = {1: item.kind, 2: item.name, 3: item.size}
    if sort_at is not None:
        value[4] = sort_at
    value[5] = item.left_out is not None
    value[6] = {name: item.properties[name] for name in listed if name in item.properties}
    return encode(value)
