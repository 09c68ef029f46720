"""CBOR in the one encoding that the format allows. docs/format/v1.md, "CBOR"."""

import io
import math
import struct
from typing import Any

import cbor2

from .errors import Damaged

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64
MAX_EXACT_INTEGER = 2**53 - 1


def decode(data: bytes, what: str) -> Any:
    """The value of one CBOR item.

    A library reads it; that it is written in the only permitted way is proven by writing it again and comparing.
    """
    if len(data) > MAX_BYTES:
        raise Damaged(f"{what} is {len(data)} bytes of CBOR; the format allows {MAX_BYTES}.")
    try:
        value = cbor2.CBORDecoder(io.BytesIO(data)).decode()
        canonical = encode(value)
    except (cbor2.CBORError, ValueError, TypeError, RecursionError, EOFError, OverflowError, MemoryError) as error:
        raise Damaged(f"{what} is no CBOR of this format ({type(error).__name__}).") from error
    if canonical != data:
        raise Damaged(f"{what} is CBOR, but not in the format's one encoding.")
    return value


def decode_map(data: bytes, what: str) -> dict[Any, Any]:
    """Like decode, for a map."""
    value = decode(data, what)
    if type(value) is not dict:
        raise Damaged(f"{what} is no CBOR map.")
    return value


def encode(value: Any, depth: int = 0) -> bytes:
    """The value's only encoding. Raises ValueError or TypeError for a value that the format has no encoding for."""
    if value is None:
        return b"\xf6"
    if type(value) is bool:
        return b"\xf5" if value else b"\xf4"
    if type(value) is int:
        return _encode_integer(value)
    if type(value) is float:
        return _encode_float(value)
    if type(value) is bytes:
        return _head(2, len(value)) + value
    if type(value) is str:
        text = value.encode("utf-8")
        return _head(3, len(text)) + text
    if depth == MAX_DEPTH:
        raise ValueError("nested too deep")
    if type(value) is list:
        return _head(4, len(value)) + b"".join(encode(each, depth + 1) for each in value)
    if type(value) is dict:
        return _encode_map(value, depth)
    raise TypeError(f"no encoding for {type(value).__name__}")


def _encode_map(value: dict[Any, Any], depth: int) -> bytes:
    if any(type(key) not in (int, str) for key in value):
        raise TypeError("map keys are integers or text")
    pairs = sorted((encode(key), encode(each, depth + 1)) for key, each in value.items())
    return _head(5, len(pairs)) + b"".join(key + each for key, each in pairs)


def _encode_integer(value: int) -> bytes:
    return _head(0, value) if value >= 0 else _head(1, -1 - value)


def _encode_float(value: float) -> bytes:
    if not math.isfinite(value) or (value.is_integer() and abs(value) <= MAX_EXACT_INTEGER):
        raise ValueError("a float that the format has no encoding for")
    return b"\xfb" + struct.pack(">d", value)


def _head(major: int, count: int) -> bytes:
    if count < 24:
        return bytes([major << 5 | count])
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if count < 1 << 8 * size:
            return bytes([major << 5 | code]) + count.to_bytes(size, "big")
    raise ValueError("a count of more than 64 bits")
