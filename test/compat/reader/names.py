"""Names on a file system for items of a mailbox or a drive. docs/recovery.md, "Names of files"."""

import datetime
import re

MAX_NAME_BYTES = 180
SUBJECT_UNITS = 100
_FORBIDDEN = re.compile('[\\\\/:*?"<>|\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE | re.DOTALL)
_EXTENSION = re.compile(r"\.[^.]{1,20}\Z", re.DOTALL)


def safe_name(name: str) -> str:
    """A name that every file system takes and that leads nowhere; a good name stays as it is."""
    plain = _FORBIDDEN.sub("_", name).rstrip(". ").lstrip(" ") or "_"
    return _shortened(f"_{plain}" if _RESERVED.fullmatch(plain) else plain)


def message_name(subject: str, sort_at: int | None) -> str:
    """A message's file: when it was received, in UTC, and its subject."""
    received = datetime.datetime.fromtimestamp((sort_at or 0) / 1000, datetime.timezone.utc)
    units = subject.strip().encode("utf-16-le", "surrogatepass")[: 2 * SUBJECT_UNITS]
    return f"{received:%Y-%m-%d %H.%M} {units.decode('utf-16-le', 'replace') or 'no subject'}.eml"


def numbered(name: str, number: int) -> str:
    """The name of the n-th item of the same name in a folder."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem} ({number}).{ending}" if dot and stem else f"{name} ({number})"


def _shortened(name: str) -> str:
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    found = _EXTENSION.search(name)
    extension = found.group() if found else ""
    stem = name[: len(name) - len(extension)].encode()[: MAX_NAME_BYTES - len(extension.encode())]
    return stem.decode("utf-8", "ignore") + extension
