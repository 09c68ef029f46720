/** Keeps the documents that were built last, up to a number of bytes; the others are built again when they are asked for. */
class BuiltBytes {
  readonly #kept = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get(key: string, build: () => Uint8Array): Uint8Array {
    const found = this.#kept.get(key);
    const bytes = found ?? build();
    this.#kept.delete(key);
    this.#kept.set(key, bytes);
    if (found === undefined) this.#bytes += bytes.length;
    for (const [oldest, old] of this.#kept) {
      if (this.#bytes <= this.maxBytes || oldest === key) break;
      this.#kept.delete(oldest);
      this.#bytes -= old.length;
    }
    return bytes;
  }
}

/** Documents and pictures of all tenants; their names tell them apart. */
export const builtBytes = new BuiltBytes(128 * 1024 * 1024);
