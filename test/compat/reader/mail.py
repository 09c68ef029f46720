"""Rebuilds a message from its recipe and parts, bit for bit. docs/format/v1.md, "Mail by parts"."""

import base64
from collections.abc import Iterator

from .errors import Damaged
from .primitives import uint32

MAX_STEPS_BYTES = 1024 * 1024
MAX_TEXT_BYTES = 4 * 1024 * 1024
STEP_TEXT, STEP_PAYLOAD, STEP_BASE64 = 1, 2, 3
NUMBER_BITS = 49
LINE_ENDS = (b"\n", b"\r\n")
PIECE_BYTES = 256 * 1024


def rebuild(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The message, in pieces, from the plain bytes of its chunks."""
    source = _Bytes(parts)
    while not source.is_at_end():
        yield from _frame(source)


def _frame(source: "_Bytes") -> Iterator[bytes]:
    head = source.exactly(8)
    steps_bytes, text_bytes = uint32(head, 0), uint32(head, 4)
    if not 1 <= steps_bytes <= MAX_STEPS_BYTES or text_bytes > MAX_TEXT_BYTES:
        raise Damaged("A frame of a message is longer than the format allows.")
    steps = _Steps(source.exactly(steps_bytes))
    text = source.exactly(text_bytes)
    used = 0
    while not steps.is_at_end():
        code, length = steps.code(), steps.number()
        if length == 0:
            raise Damaged("A step of a message puts out nothing.")
        if code == STEP_TEXT:
            if used + length > text_bytes:
                raise Damaged("A step of a message uses more text than there is.")
            yield text[used : used + length]
            used += length
        elif code == STEP_PAYLOAD:
            yield from source.pieces(length, PIECE_BYTES)
        elif code == STEP_BASE64:
            yield from _in_base64(source, length, steps.number(), steps.number())
        else:
            raise Damaged("A message has a step of an unknown kind.")
    if used != text_bytes:
        raise Damaged("A frame of a message has text that no step uses.")


def _in_base64(source: "_Bytes", length: int, line_length: int, line_end: int) -> Iterator[bytes]:
    if not 4 <= line_length <= 1000 or line_length % 4 or line_end >= len(LINE_ENDS):
        raise Damaged("A message has base64 in lines of a form that the format does not know.")
    bytes_per_line = line_length // 4 * 3
    lines_per_piece = PIECE_BYTES // bytes_per_line
    separator = b""
    for piece in source.pieces(length, lines_per_piece * bytes_per_line):
        encoded = base64.b64encode(piece)
        lines = (encoded[at : at + line_length] for at in range(0, len(encoded), line_length))
        yield separator + LINE_ENDS[line_end].join(lines)
        separator = LINE_ENDS[line_end]


class _Steps:
    """Reads codes of one byte and numbers in unsigned LEB128."""

    def __init__(self, data: bytes):
        self._data = data
        self._at = 0

    def is_at_end(self) -> bool:
        return self._at == len(self._data)

    def code(self) -> int:
        if self.is_at_end():
            raise Damaged("The steps of a message end in the middle of one.")
        self._at += 1
        return self._data[self._at - 1]

    def number(self) -> int:
        value = 0
        for shift in range(0, NUMBER_BITS, 7):
            byte = self.code()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise Damaged("A number in the steps of a message is too large.")


class _Bytes:
    """Reads exact lengths out of a stream of chunks. Holds one chunk and what was asked for."""

    def __init__(self, parts: Iterator[bytes]):
        self._parts = parts
        self._current = memoryview(b"")

    def is_at_end(self) -> bool:
        while not self._current:
            part = next(self._parts, None)
            if part is None:
                return True
            self._current = memoryview(part)
        return False

    def exactly(self, length: int) -> bytes:
        """The next bytes; Damaged when the stream ends before."""
        pieces: list[memoryview] = []
        missing = length
        while missing > 0:
            if self.is_at_end():
                raise Damaged("The parts of a message end before its steps do.")
            piece = self._current[:missing]
            self._current = self._current[len(piece) :]
            missing -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def pieces(self, length: int, piece_bytes: int) -> Iterator[bytes]:
        """The next bytes in pieces of `piece_bytes`, the last one shorter."""
        for at in range(0, length, piece_bytes):
            yield self.exactly(min(piece_bytes, length - at))
