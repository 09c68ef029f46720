"""`list`: the snapshots of a vault."""

import datetime

from .snapshot import Snapshot
from .vault import Vault


def print_listing(vault: Vault) -> int:
    """Prints every snapshot of every resource; gives the number of things that are wrong."""
    problems = list(vault.damaged)
    for chain in vault.chains(problems):
        newest = vault.newest(chain)
        print(f"{chain[0].resource}  (set {chain[0].set})")
        for snapshot in sorted(chain, key=lambda each: each.order):
            print(f"  {_line(vault, snapshot)}{'  newest' if snapshot is newest else ''}")
    for problem in problems:
        print(f"damaged: {problem}")
    return len(problems)


def _line(vault: Vault, snapshot: Snapshot) -> str:
    body = vault.open_snapshot(snapshot.path)[1]
    finished = datetime.datetime.fromtimestamp(snapshot.finished_at / 1000, datetime.timezone.utc)
    items = body.items.entries if body.items else 0
    owed = body.owed.entries if body.owed else 0
    return (
        f"{snapshot.day}  generation {snapshot.generation}, number {snapshot.number}, "
        f"finished {finished:%Y-%m-%dT%H:%M:%SZ}: {items} items, {owed} owed"
    )
