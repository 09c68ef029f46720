#!/usr/bin/python3
"""Tests the reader against the format's test vectors, docs/format/v1.vectors.json."""

import hashlib
import json
import struct
import sys
import tempfile
import unittest
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reader import cbor
from reader.catalogue import Catalogue, Scratch
from reader.chunks import ChunkReader
from reader.content import parse_content_ref, stream
from reader.errors import Damaged, VaultError, WrongKey
from reader.header import VaultHeader, header_key_id, parse_header
from reader.keys import BRANCH_NAMES, KeyObject, KeyRing, RootKey, key_object_path
from reader.notes import open_note
from reader.pack import pack_name_of, pack_path, read_trailer
from reader.primitives import hkdf, hmac
from reader.records import folder_key, parse_item
from reader.snapshot import SnapshotKeys, read_snapshot
from reader.source import Folder
from reader.tree import Root, Shape, find, walk
from reader.tree_check import TreeCheck

VECTORS = json.loads((Path(__file__).parents[2] / "docs/format/v1.vectors.json").read_text("utf-8"))
HEX = bytes.fromhex


def ring_of_vectors() -> KeyRing:
    return KeyRing([RootKey(HEX(each)) for each in VECTORS["keys"]["roots"]])


def stream_of_vectors(name: str, length: int) -> bytes:
    """The content that a vector calls a stream."""
    blocks = (hashlib.sha256(name.encode() + count.to_bytes(4, "little")).digest() for count in range(length // 32 + 1))
    return b"".join(blocks)[:length]


def cut(content: bytes, gear: bytes, sizes: dict) -> list[bytes]:
    """Section Chunks: where a writer cuts."""
    numbers = struct.unpack("<256I", gear)
    bits = sizes["avgBytes"].bit_length() - 1
    pieces = []
    start = 0
    while start < len(content):
        end = min(start + sizes["maxBytes"], len(content))
        fingerprint = 0
        for at in range(start + sizes["minBytes"], end):
            fingerprint = (2 * fingerprint + numbers[content[at]]) % 2**32
            zero_bits = bits + 2 if at - start < sizes["avgBytes"] else bits - 2
            if fingerprint >> 32 - zero_bits == 0:
                end = at + 1
                break
        pieces.append(content[start:end])
        start = end
    return pieces


class Cutting(unittest.TestCase):
    def test_cutting(self):
        vector, ring = VECTORS["cutting"], ring_of_vectors()
        pieces = cut(
            stream_of_vectors(vector["stream"], vector["bytes"]), HEX(VECTORS["keys"]["gear"]), vector["chunks"]
        )
        self.assertEqual([len(piece) for piece in pieces], vector["lengths"])
        self.assertEqual([hmac(ring.chunk_id_keys[0], piece).hex() for piece in pieces], vector["ids"])

    def test_gear_table(self):
        self.assertEqual(hkdf(ring_of_vectors().first.secret, "holdfast/v1/gear", 1024).hex(), VECTORS["keys"]["gear"])

    def test_content_list(self):
        vector, ring = VECTORS["contentList"], ring_of_vectors()
        content = stream_of_vectors(vector["stream"], vector["bytes"])
        chunks = MemoryChunks({hmac(ring.chunk_id_keys[0], piece): piece for piece in self._pieces(content)})
        chunks.put(hmac(ring.chunk_id_keys[1], HEX(vector["list"])), HEX(vector["list"]))
        self.assertEqual(b"".join(stream(chunks, content_ref(vector["ref"]))), content)

    def test_an_attachment_is_cut_like_a_file(self):
        attachment = VECTORS["mail"]["attachment"]
        content = stream_of_vectors(attachment["stream"], attachment["bytes"])
        ids = [hmac(ring_of_vectors().chunk_id_keys[0], piece).hex() for piece in self._pieces(content)]
        self.assertEqual(VECTORS["mail"]["ref"]["chunks"][1:], ids)

    def _pieces(self, content: bytes) -> list[bytes]:
        return cut(content, HEX(VECTORS["keys"]["gear"]), VECTORS["cutting"]["chunks"])


def content_ref(ref: dict):
    form = {"bytes": 0, "mime": 1}[ref["form"]]
    return parse_content_ref(
        {1: ref["bytes"], 2: form, 3: HEX(ref["sha256"]), 4: [HEX(each) for each in ref["chunks"]], 5: ref["depth"]},
        "it",
    )


class MemoryChunks:
    """Chunks by id, for vectors that have no packs."""

    def __init__(self, chunks: dict[bytes, bytes]):
        self._chunks = chunks

    def get(self, branch: int, chunk_id: bytes) -> bytes:
        return self._chunks[chunk_id]

    def put(self, chunk_id: bytes, data: bytes) -> None:
        self._chunks[chunk_id] = data


class Cbor(unittest.TestCase):
    def test_vectors(self):
        for vector in VECTORS["cbor"]:
            with self.subTest(vector["cbor"]):
                self.assertEqual(cbor.decode(HEX(vector["cbor"]), "it"), vector["json"])
                self.assertEqual(cbor.encode(vector["json"]).hex(), vector["cbor"])

    def test_other_encodings_are_refused(self):
        refused = {
            "a longer integer": "1800",
            "an integer as a float": "fb3ff0000000000000",
            "a half float": "f93e00",
            "NaN": "fb7ff8000000000000",
            "undefined": "f7",
            "a tag": "c000",
            "keys out of order": "a2616201616102",
            "a key twice": "a2010101" + "02",
            "a byte string as key": "a1414101",
            "an indefinite array": "9f01ff",
            "something behind the item": "0000",
            "an end too early": "8201",
            "text that is no UTF-8": "61ff",
            "65 levels": "81" * 65 + "00",
            "a number beyond 64 bits": "c249010000000000000000",
        }
        for name, data in refused.items():
            with self.subTest(name), self.assertRaises(Damaged):
                cbor.decode(HEX(data), "it")
        self.assertIsNotNone(cbor.decode(HEX("81" * 64 + "00"), "it"))

    def test_integers_of_64_bits(self):
        self.assertEqual(cbor.decode(HEX("1bffffffffffffffff"), "it"), 2**64 - 1)
        self.assertEqual(cbor.decode(HEX("3bffffffffffffffff"), "it"), -(2**64))


class Keys(unittest.TestCase):
    def test_derivation(self):
        vector, ring = VECTORS["keys"], ring_of_vectors()
        self.assertEqual(RootKey.from_text(vector["texts"][0]), ring.first)
        self.assertEqual(ring.index_key.hex(), vector["indexKey"])
        self.assertEqual(ring.header_key.hex(), vector["headerKey"])
        self.assertEqual(ring.tree_key.hex(), vector["treeKey"])
        self.assertEqual([each.hex() for each in ring.chunk_id_keys], [vector["dataIdKey"], vector["metaIdKey"]])
        for root in vector["ring"]:
            for branch, name in enumerate(BRANCH_NAMES):
                self.assertEqual(ring.branch_key(HEX(root["keyId"]), branch).hex(), root[name])

    def test_key_objects(self):
        for vector in VECTORS["keyObjects"]:
            with self.subTest(vector["kind"]):
                data = HEX(vector["object"])
                key = KeyObject.parse(data, "it")
                root = key.open(self._secret(key, vector))
                self.assertIn(root.secret.hex(), VECTORS["keys"]["roots"])
                self.assertEqual(key_object_path(key, data), vector["name"])

    def test_another_secret_opens_no_key_object(self):
        for vector in VECTORS["keyObjects"][1:]:
            self.assertIsNone(KeyObject.parse(HEX(vector["object"]), "it").open(bytes(32)))

    def test_a_key_with_a_letter_missing(self):
        with self.assertRaises(WrongKey):
            RootKey.from_text(VECTORS["keys"]["texts"][0][1:])

    def _secret(self, key: KeyObject, vector: dict) -> bytes:
        return vector["passphrase"].encode() if "passphrase" in vector else HEX(vector.get("key", ""))


class Header(unittest.TestCase):
    def test_vector(self):
        data = HEX(VECTORS["header"]["object"])
        ring = ring_of_vectors()
        self.assertEqual(header_key_id(data), ring.first.key_id)
        self.assertEqual(parse_header(data, ring.header_key).signing_key.hex(), VECTORS["header"]["signingKey"])

    def test_any_flipped_bit_is_noticed(self):
        data = HEX(VECTORS["header"]["object"])
        ring = ring_of_vectors()
        for at in range(len(data)):
            flipped = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            with self.assertRaises(VaultError):
                parse_header(flipped, ring.header_key)


class PackFolder(unittest.TestCase):
    """A folder with the packs of the vectors."""

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.source = Folder(Path(self._folder.name))
        self.ring = ring_of_vectors()
        for vector in VECTORS["pack"]["objects"]:
            self.put(pack_path(HEX(vector["name"])), HEX(vector["object"]))

    def put(self, path: str, data: bytes) -> None:
        target = Path(self._folder.name) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def reader(self) -> ChunkReader:
        scratch = Scratch()
        self.addCleanup(scratch.__exit__)
        catalogue = Catalogue(scratch)
        catalogue.fill(self.source, self.ring, 0)
        self.assertEqual(catalogue.damaged, [])
        return ChunkReader(self.source, catalogue, self.ring)


class Packs(PackFolder):
    def test_trailers(self):
        for vector in VECTORS["pack"]["objects"]:
            header, entries = read_trailer(self.source, pack_path(HEX(vector["name"])), self.ring, 0)
            self.assertEqual(BRANCH_NAMES[header.branch], vector["branch"])
            self.assertEqual(self.source.sha256(pack_path(HEX(vector["name"]))).hex(), vector["name"])
            self.assertEqual([each.chunk_id.hex() for each in entries], [each["chunkId"] for each in vector["entries"]])
            self.assertEqual([each.offset for each in entries], [each["offset"] for each in vector["entries"]])

    def test_every_chunk_opens(self):
        chunks = self.reader()
        for vector in VECTORS["pack"]["objects"]:
            branch = BRANCH_NAMES.index(vector["branch"])
            for entry in vector["entries"]:
                plain = chunks.get(branch, HEX(entry["chunkId"]))
                self.assertEqual(len(plain), entry["plainBytes"])

    def test_contents(self):
        chunks = self.reader()
        message = b"".join(stream(chunks, content_ref(VECTORS["mail"]["ref"])))
        self.assertEqual(message.decode("latin-1"), VECTORS["mail"]["message"])
        self.assertEqual(sum(map(len, stream(chunks, content_ref(VECTORS["pack"]["text"])))), 252)


class CarriedChunks(PackFolder):
    """Chunks that lie in another pack than the one they were born in: sealed bytes copied, births kept."""

    def test_they_open_without_the_pack_of_their_birth(self):
        vector = VECTORS["pack"]["objects"][0]
        path = self.carry(vector)
        (Path(self._folder.name) / pack_path(HEX(vector["name"]))).unlink()
        chunks = self.reader()
        for entry in vector["entries"]:
            self.assertEqual(len(chunks.get(0, HEX(entry["chunkId"]))), entry["plainBytes"])
        self.assertEqual(self.source.sha256(path), pack_name_of(path))

    def test_a_damaged_copy_is_passed_over(self):
        vector = VECTORS["pack"]["objects"][0]
        path = self.carry(vector)
        for damaged in (path, pack_path(HEX(vector["name"]))):
            whole = self.source.read(damaged, 64 * 1024 * 1024)
            self.put(damaged, whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
            chunks = self.reader()
            for entry in vector["entries"]:
                self.assertEqual(len(chunks.get(0, HEX(entry["chunkId"]))), entry["plainBytes"])
            self.put(damaged, whole)

    def carry(self, vector: dict) -> str:
        """Puts a pack that has the chunks of the vector's, in the reverse order."""
        old = HEX(vector["object"])
        header = old[:16] + bytes(range(16)) + old[32:48]
        sealed, entries = b"", b""
        for entry in reversed(vector["entries"]):
            offset = 48 + len(sealed)
            sealed += old[entry["offset"] : entry["offset"] + entry["sealedBytes"]]
            numbers = struct.pack("<III", offset, entry["sealedBytes"], entry["plainBytes"])
            birth = HEX(entry["birthPackId"]) + struct.pack("<I", entry["birthCounter"])
            entries += HEX(entry["chunkId"]) + numbers + birth
        key = hkdf(self.ring.index_key, "holdfast/v1/trailer", 32, header[16:32])
        trailer = AESGCM(key).encrypt(bytes(12), entries, header)
        pack = header + sealed + trailer + header + struct.pack("<II", len(trailer), 0) + b"HOLDPEND"
        path = pack_path(hashlib.sha256(pack).digest())
        self.put(path, pack)
        return path


class Records(unittest.TestCase):
    def test_item_record(self):
        vector = VECTORS["itemRecord"]
        item = parse_item(b"AAMkItem", cbor.decode(HEX(vector["cbor"]), "it"))
        self.assertEqual(
            (item.kind, item.name, item.properties), (vector["kind"], vector["name"], vector["properties"])
        )
        self.assertEqual(list(item.extras), ["body"])
        self.assertEqual(folder_key(item).hex(), VECTORS["folderKey"]["key"])


class Trees(unittest.TestCase):
    def setUp(self):
        vector = VECTORS["tree"]
        self.entries = [(key.encode(), HEX(value)) for key, value in vector["entries"]]
        self.chunks = MemoryChunks({HEX(key): HEX(value) for key, value in vector["chunks"].items()})
        self.root = Root(HEX(vector["root"]["id"]), vector["root"]["level"], vector["root"]["entries"])

    def test_node_ids(self):
        for chunk_id, data in VECTORS["tree"]["chunks"].items():
            self.assertEqual(hmac(HEX(VECTORS["tree"]["idKey"]), HEX(data)).hex(), chunk_id)

    def test_walk_and_find(self):
        self.assertEqual(list(walk(self.chunks, self.root)), self.entries)
        for key, value in self.entries:
            self.assertEqual(find(self.chunks, self.root, key), value)
        self.assertIsNone(find(self.chunks, self.root, b"item-00a"))
        self.assertIsNone(find(self.chunks, self.root, b"item-99"))

    def test_boundaries(self):
        seen = []
        with Scratch() as scratch:
            check = TreeCheck(self.chunks, HEX(VECTORS["tree"]["treeKey"]), scratch)
            check.check(
                self.root, Shape(VECTORS["tree"]["leaf"], VECTORS["tree"]["inner"]), lambda *entry: seen.append(entry)
            )
        self.assertEqual(seen, self.entries)
        with Scratch() as scratch, self.assertRaises(Damaged):
            TreeCheck(self.chunks, bytes(32), scratch).check(self.root, Shape(4, 4), lambda *_: None)


class Snapshots(unittest.TestCase):
    def test_vector(self):
        vector = VECTORS["snapshot"]
        snapshot, body = self.read(HEX(vector["object"]))
        self.assertEqual(snapshot.id.hex(), vector["id"])
        self.assertEqual(
            (snapshot.resource, snapshot.number), (vector["header"]["resource"], vector["header"]["number"])
        )
        self.assertEqual(body.items.entries, vector["items"]["entries"])

    def test_any_flipped_bit_is_noticed(self):
        data = HEX(VECTORS["snapshot"]["object"])
        for at in range(len(data)):
            with self.assertRaises(VaultError):
                self.read(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])

    def test_a_snapshot_under_another_name_is_refused(self):
        with self.assertRaises(Damaged):
            self.read(HEX(VECTORS["snapshot"]["object"]), VECTORS["snapshot"]["name"][:-1] + "9")

    def read(self, data: bytes, name: str = VECTORS["snapshot"]["name"]):
        vector = VECTORS["snapshot"]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.parent.mkdir(parents=True)
            path.write_bytes(data)
            key = HEX(vector["vaultPublicKey"])
            keys = SnapshotKeys(_VectorRing(vector), VaultHeader(0, key, None, None), {1: key})
            return read_snapshot(Folder(Path(folder)), name, keys)


class Notes(unittest.TestCase):
    def test_vectors(self):
        for vector in VECTORS["notes"]:
            with self.subTest(vector["name"]):
                note = open_note(HEX(vector["object"]), vector["name"], HEX(vector["key"]), 32)
                body = [
                    HEX(each) if at == 3 and vector["name"].startswith("gen") else each
                    for at, each in enumerate(vector["body"])
                ]
                self.assertEqual([note.raw(at + 1) for at in range(len(body))], body)

    def test_another_name_is_refused(self):
        vector = VECTORS["notes"][0]
        with self.assertRaises(Damaged):
            open_note(HEX(vector["object"]), "generations/00000003", HEX(vector["key"]), 32)


class _VectorRing:
    """The two keys that the snapshot's vector names; they come from no root key."""

    def __init__(self, vector: dict):
        self.index_key = HEX(vector["indexKey"])
        self._meta_key = HEX(vector["metaBranchKey"])

    def branch_key(self, key_id: bytes, branch: int) -> bytes:
        return self._meta_key


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    failed = min(len(result.failures) + len(result.errors), result.testsRun)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
