import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Pictures are stored, XML is deflated, as Office does. */
  readonly method: 'stored' | 'deflated';
}

/** 1980-01-01, which Office writes too. */
const DOS_DATE = 0x21;
const METHODS = { stored: 0, deflated: 8 } as const;

/** A ZIP file of the entries, always the same bytes for the same entries (PKWARE APPNOTE 4.3). */
export function zipBytes(entries: readonly ZipEntry[]): Buffer {
  const local: Uint8Array[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name, 'utf8');
    const data = entry.method === 'deflated' ? deflateRawSync(entry.bytes, { level: 1 }) : entry.bytes;
    const common = commonFields(entry, name, data);
    const header = Buffer.concat([littleEndian(4, 0x04034b50), common, name]);
    local.push(header, data);
    central.push(
      littleEndian(4, 0x02014b50),
      littleEndian(2, 20),
      common,
      Buffer.alloc(10),
      littleEndian(4, offset),
      name,
    );
    offset += header.length + data.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.concat([
    littleEndian(4, 0x06054b50),
    Buffer.alloc(4),
    littleEndian(2, entries.length),
    littleEndian(2, entries.length),
    littleEndian(4, directory.length),
    littleEndian(4, offset),
    littleEndian(2, 0),
  ]);
  return Buffer.concat([...local, directory, end]);
}

/** What the local header and the central directory both say, in the same order. */
function commonFields(entry: ZipEntry, name: Buffer, data: Uint8Array): Buffer {
  return Buffer.concat([
    littleEndian(2, 20),
    littleEndian(2, 0),
    littleEndian(2, METHODS[entry.method]),
    littleEndian(2, 0),
    littleEndian(2, DOS_DATE),
    littleEndian(4, crc32(entry.bytes)),
    littleEndian(4, data.length),
    littleEndian(4, entry.bytes.length),
    littleEndian(2, name.length),
    littleEndian(2, 0),
  ]);
}

function littleEndian(bytes: 2 | 4, value: number): Buffer {
  const field = Buffer.alloc(bytes);
  field.writeUIntLE(value, 0, bytes);
  return field;
}
