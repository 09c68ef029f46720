"""Typed reading of the format's own maps, whose keys are integers. Keys that are not asked for are ignored."""

from typing import Any

from .cbor import MAX_EXACT_INTEGER
from .errors import Damaged

ID_BYTES = 32


class Fields:
    """One CBOR map; every method raises Damaged when the entry is not what the document says."""

    def __init__(self, value: Any, what: str):
        if type(value) is not dict:
            raise Damaged(f"{what} is no map.")
        self._map = value
        self._what = what

    def uint(self, key: int) -> int:
        """An unsigned integer within 53 bits."""
        value = self.integer(key)
        if value < 0:
            raise self._broken(key)
        return value

    def integer(self, key: int) -> int:
        """Any integer within 53 bits."""
        value = self._typed(key, int)
        if abs(value) > MAX_EXACT_INTEGER:
            raise self._broken(key)
        return value

    def optional_integer(self, key: int) -> int | None:
        """An integer, or None where the entry is absent."""
        return self.integer(key) if key in self._map else None

    def text(self, key: int) -> str:
        """A text."""
        return self._typed(key, str)

    def optional_text(self, key: int) -> str | None:
        """A text, or None where the entry is absent."""
        return self.text(key) if key in self._map else None

    def flag(self, key: int) -> bool:
        """A truth value."""
        return self._typed(key, bool)

    def binary(self, key: int) -> bytes:
        """A byte string."""
        return self._typed(key, bytes)

    def array(self, key: int) -> list[Any]:
        """An array."""
        return self._typed(key, list)

    def map(self, key: int) -> dict[Any, Any]:
        """A map."""
        return self._typed(key, dict)

    def id32(self, key: int) -> bytes:
        """A byte string of 32 bytes."""
        return as_id(self._map.get(key), f"{self._what}, entry {key},")

    def id32_or_null(self, key: int) -> bytes | None:
        """An id, or None for null."""
        if key not in self._map:
            raise self._broken(key)
        return None if self._map[key] is None else self.id32(key)

    def ids(self, key: int) -> list[bytes]:
        """An array of ids."""
        return as_ids(self._map.get(key), f"{self._what}, entry {key},")

    def raw(self, key: int) -> Any:
        """The entry as it is; None where it is null or absent."""
        return self._map.get(key)

    def has(self, key: int) -> bool:
        """Whether the entry is there."""
        return key in self._map

    def _typed(self, key: int, kind: type) -> Any:
        value = self._map.get(key)
        if type(value) is not kind:
            raise self._broken(key)
        return value

    def _broken(self, key: int) -> Damaged:
        return Damaged(f"{self._what}: entry {key} is not what the format says.")


def as_id(value: Any, what: str) -> bytes:
    """The value as an id of 32 bytes."""
    if type(value) is not bytes or len(value) != ID_BYTES:
        raise Damaged(f"{what} is no id of {ID_BYTES} bytes.")
    return value


def as_ids(value: Any, what: str) -> list[bytes]:
    """The value as an array of ids."""
    if type(value) is not list:
        raise Damaged(f"{what} is no array of ids.")
    return [as_id(each, what) for each in value]
