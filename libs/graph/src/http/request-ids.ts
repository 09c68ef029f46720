import type { RandomBytes } from '@holdfast/kernel';

/** UUIDs for `client-request-id`: random but for the last twelve digits, which count the client's requests. */
export class RequestIds {
  readonly #prefix: string;
  #count = 0;

  constructor(random: RandomBytes) {
    const bytes = Buffer.from(random(10));
    bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
    this.#prefix = bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})$/, '$1-$2-$3-$4-');
  }

  next(): string {
    this.#count += 1;
    return this.#prefix + this.#count.toString(16).padStart(12, '0');
  }
}
