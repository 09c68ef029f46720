import type { PackId } from '@holdfast/kernel';
import type { SealedPack, TrailerEntry } from '../ports.js';
import {
  encodePackFooter,
  encodePackHeader,
  FOOTER_BYTES,
  HEADER_BYTES,
  type PackHeader,
  TAG_BYTES,
} from './pack-layout.js';
import { packNameOf } from './pack-reader.js';
import { encodeTrailerEntries, sealTrailer, TRAILER_ENTRY_BYTES } from './trailer.js';

/**
 * Puts sealed chunks of other packs into a new one, byte for byte: each keeps the birth that its key and nonce come from, so that no key
 * but the index key is needed, which seals the trailer (docs/format/v1.md#packs). Single use.
 */
export class Repacker {
  readonly #header: PackHeader;
  readonly #pieces: Uint8Array[] = [];
  readonly #entries: TrailerEntry[] = [];
  #at = HEADER_BYTES;

  /** `source` is the header of the packs that chunks come from; `packId` is random and was never used. */
  constructor(
    source: PackHeader,
    packId: PackId,
    private readonly indexKey: Uint8Array,
  ) {
    this.#header = { ...source, packId };
  }

  /** Bytes that the pack would have if it were finished at this point. */
  get bytes(): number {
    return this.#at + this.#entries.length * TRAILER_ENTRY_BYTES + TAG_BYTES + FOOTER_BYTES;
  }

  /** `sealed` is copied. */
  add(entry: TrailerEntry, sealed: Uint8Array): void {
    this.#entries.push({ ...entry, offset: this.#at });
    this.#pieces.push(Uint8Array.from(sealed));
    this.#at += sealed.byteLength;
  }

  /** Writes trailer and footer and names the pack. */
  finish(): SealedPack & { readonly packId: PackId } {
    const header = encodePackHeader(this.#header);
    const trailer = sealTrailer(this.indexKey, this.#header, header, encodeTrailerEntries(this.#entries));
    const bytes = Buffer.concat([header, ...this.#pieces, trailer, encodePackFooter(header, trailer.byteLength)]);
    const { branch, packId } = this.#header;
    return { name: packNameOf(bytes), branch, packId, bytes, entries: this.#entries };
  }
}
