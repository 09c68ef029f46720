"""The vault header. docs/format/v1.md, "Vault header"."""

from dataclasses import dataclass

from .cbor import decode_map
from .errors import Damaged, Unsupported
from .fields import Fields
from .primitives import KEY_BYTES, all_zero, open_sealed

FIXED_BYTES = 48
MAX_BYTES = 64 * 1024
KNOWN_FEATURES: frozenset[str] = frozenset()


@dataclass(frozen=True)
class VaultHeader:
    """What holds for the whole vault. `signing_key` is the first generation's; tenant and vault may be left out."""

    cipher: int
    signing_key: bytes
    tenant: str | None
    vault: str | None

    @property
    def key_bytes(self) -> int:
        """Bytes of the keys that chunks, trailers and snapshots are sealed under."""
        return KEY_BYTES[self.cipher]


def header_key_id(data: bytes) -> bytes:
    """The id of the first root key, which stands in the header's open part."""
    if len(data) < FIXED_BYTES or len(data) > MAX_BYTES or data[0:8] != b"HOLDVALT":
        raise Damaged("The object 'header' is no vault header.")
    if data[8] != 1:
        raise Unsupported(f"The vault is of format version {data[8]}; this program knows version 1.")
    if not all_zero(data[9:16] + data[44:48]):
        raise Damaged("The vault header's fixed part is damaged.")
    return data[16:32]


def parse_header(data: bytes, header_key: bytes) -> VaultHeader:
    """Opens and reads the header; the key is known to fit by header_key_id."""
    header_key_id(data)
    body = open_sealed(header_key, data[32:44], data[:FIXED_BYTES], data[FIXED_BYTES:])
    if body is None:
        raise Damaged(
            "The vault header does not open under its own key: its bytes were changed. Use another destination's copy."
        )
    fields = Fields(decode_map(body, "The vault header"), "The vault header")
    cipher = fields.uint(1)
    if cipher not in KEY_BYTES:
        raise Unsupported(f"The vault uses cipher {cipher}; this program knows 0 and 1.")
    _check_chunk_sizes(fields.uint(2), fields.uint(3), fields.uint(4))
    _check_features(fields)
    return VaultHeader(cipher, fields.id32(5), fields.optional_text(8), fields.optional_text(9))


def _check_chunk_sizes(least: int, average: int, most: int) -> None:
    is_power = average.bit_count() == 1 and 2**8 <= average <= 2**22
    if not (is_power and 64 <= least < average < most <= 2**23):
        raise Damaged("The vault header names chunk sizes that the format does not allow.")


def _check_features(fields: Fields) -> None:
    fields.array(7)
    unknown = [str(name) for name in fields.array(6) if name not in KNOWN_FEATURES]
    if unknown:
        raise Unsupported(f"The vault needs features that this program does not know: {', '.join(unknown)}.")
