"""Whether everything that a snapshot refers to is in some pack. docs/format/v1.md, "Snapshot names"."""

from .catalogue import Catalogue
from .chunks import ChunkSource, load_stored
from .content import data_chunk_ids
from .errors import VaultError
from .keys import BRANCH_DATA
from .records import parse_item
from .snapshot import Body
from .tree import walk


def is_closed(chunks: ChunkSource, catalogue: Catalogue, body: Body) -> bool:
    """Whether all nodes, records and lists can be read, and all chunks of content are in a pack.

    Content itself is not read.
    """
    try:
        for root in (body.folders, body.cursors, body.owed, body.log):
            for key, stored in walk(chunks, root):
                load_stored(chunks, stored, repr(key))
        return all(_has_contents(chunks, catalogue, *entry) for entry in walk(chunks, body.items))
    except VaultError:
        return False


def _has_contents(chunks: ChunkSource, catalogue: Catalogue, key: bytes, stored: bytes) -> bool:
    item = parse_item(key, load_stored(chunks, stored, repr(key)))
    contents = [item.content, *item.extras.values()]
    return all(
        catalogue.plain_bytes(BRANCH_DATA, chunk_id) is not None
        for content in contents
        if content is not None
        for chunk_id in data_chunk_ids(chunks, content)
    )
