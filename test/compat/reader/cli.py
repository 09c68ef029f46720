"""The command line."""

import argparse
import datetime
import os
import sys
from pathlib import Path

from .check import check
from .errors import VaultError
from .keys import RootKey, secret_from_text
from .listing import print_listing
from .restore import Selection, restore
from .vault import Secrets, Vault, open_vault

KEY_VARIABLE = "HOLDFAST_VAULT_KEY"


def main(arguments: list[str]) -> int:
    """Runs one command. Exit code 0: all is well; 1: something is wrong; 2: the command line makes no sense."""
    options = _parser().parse_args(arguments)
    try:
        with open_vault(options.folder, _secrets(options)) as vault:
            return options.run(vault, options)
    except VaultError as error:
        print(f"reader.py: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reader.py", description="Reads a Holdfast vault in a local folder.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _command(commands, "list", "shows the snapshots of each resource", _run_list)
    _command(commands, "check", "reads everything and proves it", _run_check)
    restoring = _command(commands, "restore", "writes items into a new folder", _run_restore)
    restoring.add_argument("--to", type=Path, required=True, metavar="OUT", help="a new folder")
    restoring.add_argument("--resource", help="one resource, as 'list' shows it")
    restoring.add_argument(
        "--as-of", type=datetime.date.fromisoformat, metavar="DATE", help="as on the evening of that day"
    )
    return parser


def _command(commands, name: str, description: str, run) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=description, description=f"{name}: {description}.")
    parser.set_defaults(run=run)
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of a destination, or of one vault in it")
    parser.add_argument(
        "--key-file", type=Path, action="append", default=[], help=f"a root key, 44 characters; else {KEY_VARIABLE}"
    )
    parser.add_argument("--passphrase-file", type=Path, help="the passphrase of a custom key")
    parser.add_argument(
        "--wrapping-key-file", type=Path, action="append", default=[], help="a provider's or recovery key"
    )
    parser.add_argument("--unencrypted", action="store_true", help="for a vault that keeps its key in the open")
    return parser


def _secrets(options: argparse.Namespace) -> Secrets:
    texts = [_read_secret(path) for path in options.key_file]
    if os.environ.get(KEY_VARIABLE):
        texts.append(os.environ[KEY_VARIABLE])
    secrets = Secrets(
        root_keys=[RootKey.from_text(text) for text in texts],
        passphrase=_read_secret(options.passphrase_file) if options.passphrase_file else None,
        wrapping_keys=[secret_from_text(_read_secret(path)) for path in options.wrapping_key_file],
        is_unencrypted=options.unencrypted,
    )
    if secrets == Secrets():
        raise VaultError(
            f"No key: give --key-file, {KEY_VARIABLE}, --passphrase-file, --wrapping-key-file or --unencrypted."
        )
    return secrets


def _read_secret(path: Path) -> str:
    """The file's text without the line end behind it."""
    try:
        return path.read_text("utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise VaultError(f"{path} cannot be read as text.") from error


def _run_list(vault: Vault, _: argparse.Namespace) -> int:
    return 1 if print_listing(vault) else 0


def _run_restore(vault: Vault, options: argparse.Namespace) -> int:
    outcome = restore(vault, options.to, Selection(options.resource, options.as_of))
    for line in outcome.left_out:
        print(f"without content: {line}")
    for problem in outcome.problems:
        print(f"problem: {problem}")
    print(
        f"{outcome.files} items restored, {outcome.bytes} bytes,"
        f" {len(outcome.left_out)} without content, {len(outcome.problems)} problems"
    )
    return 1 if outcome.problems else 0


def _run_check(vault: Vault, _: argparse.Namespace) -> int:
    report = check(vault)
    for problem in report.problems:
        print(f"problem: {problem}")
    counts = ", ".join(f"{count} {name}" for name, count in sorted(report.counts.items()))
    print(f"{counts or 'nothing'} checked, {len(report.problems)} problems")
    return 1 if report.problems else 0
