"""`restore`: the items of snapshots as files."""

import datetime
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .chunks import load_stored
from .content import ContentRef, stream
from .errors import Missing, VaultError
from .names import message_name, numbered, safe_name
from .records import Item, parse_item
from .snapshot import Body, Snapshot
from .tree import find, walk
from .vault import Vault

MAX_FOLDER_DEPTH = 200
KEPT_FOLDERS = 20_000


@dataclass
class Outcome:
    """What a restore did, and what it could not do."""

    files: int = 0
    bytes: int = 0
    left_out: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Selection:
    """What to restore: one resource or all, as of the end of a day or the newest state."""

    resource: str | None
    as_of: datetime.date | None


def restore(vault: Vault, target: Path, selection: Selection) -> Outcome:
    """Writes the chosen state of each chosen resource into a new folder."""
    if target.exists() and any(target.iterdir()):
        raise VaultError(f"{target} is not empty. Name a new folder, so that nothing is overwritten.")
    outcome = Outcome(problems=list(vault.damaged))
    snapshots = _chosen(vault, selection, outcome.problems)
    if not snapshots:
        raise Missing("The vault holds no complete snapshot of what you chose. 'list' shows what it holds.")
    target.mkdir(parents=True, exist_ok=True)
    for snapshot in snapshots:
        body = vault.open_snapshot(snapshot.path)[1]
        _Restore(vault, snapshot, body, target / safe_name(snapshot.resource), outcome).run()
    return outcome


def _chosen(vault: Vault, selection: Selection, problems: list[str]) -> list[Snapshot]:
    chosen: list[Snapshot] = []
    for chain in vault.chains(problems):
        if selection.resource not in (None, chain[0].resource):
            continue
        in_time = [each for each in chain if selection.as_of is None or each.day <= selection.as_of]
        newest = vault.newest(in_time)
        if newest is not None:
            chosen.append(newest)
    return chosen


class _Restore:
    """One snapshot into one folder."""

    def __init__(self, vault: Vault, snapshot: Snapshot, body: Body, target: Path, outcome: Outcome):
        self._vault = vault
        self._resource = snapshot.resource
        self._body = body
        self._target = target
        self._outcome = outcome
        self._folders: dict[str, Item | None] = {}

    def run(self) -> None:
        self._target.mkdir(exist_ok=True)
        for item in self._items():
            if not item.is_container:
                self._restore_item(item)

    def _items(self) -> Iterator[Item]:
        """The snapshot's items. What cannot be read is a problem; the walk goes on with what is beside it."""
        for key, stored in walk(self._vault.chunks, self._body.items, self._lost_items):
            try:
                item = self._item(key, stored)
            except VaultError as error:
                self._problem(str(error))
                continue
            yield item

    def _lost_items(self, error: VaultError) -> None:
        self._problem(f"some items cannot be listed: {error}")

    def _item(self, key: bytes, stored: bytes) -> Item:
        return parse_item(key, load_stored(self._vault.chunks, stored, f"Item {key.decode('utf-8', 'replace')}"))

    def _problem(self, text: str) -> None:
        self._outcome.problems.append(f"{self._resource}: {text}")

    def _restore_item(self, item: Item) -> None:
        if item.content is None:
            self._outcome.left_out.append(f"{self._resource}: {_why_without_content(item)}")
            return
        path: Path | None = None
        try:
            path = self._new_file(item)
            self._write(item.content, path)
        except (VaultError, OSError) as error:
            if path is not None:
                path.unlink(missing_ok=True)
            self._problem(f"item {item.id}: {error}")
            return
        modified = next((at for at in (item.modified_at, item.sort_at) if at is not None), 0)
        os.utime(path, ns=(modified * 1_000_000,) * 2)
        self._outcome.files += 1
        self._outcome.bytes += item.content.size

    def _new_file(self, item: Item) -> Path:
        """An empty file where the item belongs, with a number when its name is taken."""
        folder = self._target.joinpath(*self._folder_names(item))
        folder.mkdir(parents=True, exist_ok=True)
        name = safe_name(message_name(item.name, item.sort_at) if item.kind == "message" else item.name)
        path, number = folder / name, 1
        while os.path.lexists(path):
            number += 1
            path = folder / numbered(name, number)
        path.touch(exist_ok=False)
        return path

    def _write(self, content: ContentRef, path: Path) -> None:
        with open(path, "wb") as file:
            for piece in stream(self._vault.chunks, content):
                file.write(piece)

    def _folder_names(self, item: Item) -> list[str]:
        """The folders above an item, from the top down. A parent that the snapshot does not list ends the path."""
        names: list[str] = []
        parent_id = item.parent_id
        while parent_id is not None and len(names) < MAX_FOLDER_DEPTH:
            parent = self._folder(parent_id)
            if parent is None or parent.is_top:
                break
            names.insert(0, safe_name(parent.name))
            parent_id = parent.parent_id
        return names

    def _folder(self, item_id: str) -> Item | None:
        if item_id not in self._folders:
            if len(self._folders) >= KEPT_FOLDERS:
                self._folders.clear()
            stored = find(self._vault.chunks, self._body.items, item_id.encode())
            self._folders[item_id] = None if stored is None else self._item(item_id.encode(), stored)
        return self._folders[item_id]


def _why_without_content(item: Item) -> str:
    if item.left_out is None:
        return f"item {item.id} has no content: it is a {item.kind}"
    how = "skipped" if item.left_out[0] == 0 else "excluded"
    return f"the content of item {item.id} is not in the vault: {how}, {item.left_out[1]}"
