#!/usr/bin/python3
"""Reads a Holdfast vault. Written from docs/format/v1.md alone, so that the document is known to be enough.

`reader.py --help` shows the commands. It needs Debian's python3-cryptography, python3-zstandard, python3-cbor2 and
python3-argon2, reads a vault in a local folder, asks no server and writes nothing into the vault.
"""

import sys

from reader.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
