/** Lets work in while the bytes that it will hold fit together; what is larger than all of the room goes in alone. */
export class ByteRoom {
  #used = 0;
  readonly #waiting: { readonly bytes: number; readonly enter: () => void }[] = [];

  constructor(private readonly maxBytes: number) {}

  async run<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const held = Math.min(bytes, this.maxBytes);
    await this.#enter(held);
    try {
      return await work();
    } finally {
      this.#used -= held;
      this.#admit();
    }
  }

  #enter(bytes: number): Promise<void> {
    return new Promise((enter) => {
      this.#waiting.push({ bytes, enter });
      this.#admit();
    });
  }

  #admit(): void {
    for (let [head] = this.#waiting; head && this.#used + head.bytes <= this.maxBytes; [head] = this.#waiting) {
      this.#waiting.shift();
      this.#used += head.bytes;
      head.enter();
    }
  }
}
