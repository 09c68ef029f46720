import { Chunker } from '../chunks/chunker.js';
import { ContentListBuilder } from '../chunks/content-list.js';
import { type MailPieces, MimeSplitter } from '../mail/mime-splitter.js';
import { type FrameWriter, type LineEnd } from '../mail/recipe.js';
import type { ChunkPress, LaidOut, Layout } from './layout.js';

/** A body up to this length stays in the recipe, in bytes: with its message it compresses better than alone. */
const INLINE_BODY_BYTES = 64 * 1024;
/** A frame is closed when it has this many bytes, or its payload this many chunks. */
const FRAME_BYTES = 192 * 1024;
const FRAME_CHUNKS = 1024;

/** A message as frames and payload: attachments are cut as the files that they are (docs/format/v1.md#mail-by-parts). */
export class MailLayout implements Layout, MailPieces {
  readonly #press: ChunkPress;
  readonly #splitter: MimeSplitter;
  readonly #frame: FrameWriter;
  readonly #onDone: (frame: FrameWriter) => void;
  readonly #chunker: Chunker;
  readonly #list: ContentListBuilder;
  /** Chunks of the frame's payload: their ids follow the frame's own. */
  #payload: { readonly id: Uint8Array; readonly bytes: number }[] = [];
  /** Bytes of the payload stretch at hand: all, and those in finished chunks that no step mentions yet. */
  #stretchBytes = 0;
  #cutBytes = 0;
  #body: 'closed' | 'inline' | 'payload' = 'closed';
  #base64: { readonly lineChars: number; readonly lineEnd: LineEnd } | undefined;

  /** `onDone` gets the frame's writer back, for reuse. */
  constructor(press: ChunkPress, frame: FrameWriter, onDone: (frame: FrameWriter) => void = () => undefined) {
    this.#onDone = onDone;
    this.#press = press;
    this.#splitter = new MimeSplitter(this, (bytes) => press.reserve(bytes));
    this.#frame = frame;
    this.#chunker = new Chunker(press.gear, press.parameters, press);
    this.#list = new ContentListBuilder((list) => press.submit('meta', list));
  }

  write(bytes: Uint8Array): void {
    this.#splitter.write(bytes);
  }

  end(): LaidOut {
    this.#splitter.end();
    this.#closeFrame();
    this.#onDone(this.#frame);
    return this.#list.finish();
  }

  abandon(): void {
    const buffer = this.#chunker.abandon();
    if (buffer) this.#press.returnBuffer(buffer);
  }

  literal(bytes: Uint8Array): void {
    this.#frame.literal(bytes);
    this.#closeFullFrame();
  }

  openBody(): void {
    this.#body = 'inline';
    this.#stretchBytes = 0;
    this.#cutBytes = 0;
  }

  body(bytes: Uint8Array): void {
    if (this.#body === 'inline' && this.#stretchBytes + bytes.byteLength <= INLINE_BODY_BYTES) {
      this.#frame.literal(bytes);
      this.#stretchBytes += bytes.byteLength;
      return;
    }
    if (this.#body === 'inline') this.#moveBodyOut();
    this.#pay(bytes);
  }

  closeBody(): void {
    if (this.#body === 'payload') {
      this.#chunker.end(this.#emit);
      if (this.#cutBytes > 0) this.#frame.copy(this.#cutBytes);
    }
    this.#body = 'closed';
    this.#closeFullFrame();
  }

  openBase64(lineChars: number, lineEnd: LineEnd): void {
    this.#base64 = { lineChars, lineEnd };
    this.#stretchBytes = 0;
    this.#cutBytes = 0;
  }

  base64(decoded: Uint8Array): void {
    this.#pay(decoded);
  }

  closeBase64(): void {
    this.#chunker.end(this.#emit);
    if (this.#base64 && this.#stretchBytes > 0)
      this.#frame.base64(this.#stretchBytes, this.#base64.lineChars, this.#base64.lineEnd);
    this.#base64 = undefined;
    this.#closeFullFrame();
  }

  #moveBodyOut(): void {
    const inline = this.#frame.takeBack(this.#stretchBytes);
    this.#stretchBytes = 0;
    this.#body = 'payload';
    this.#pay(inline);
  }

  #pay(bytes: Uint8Array): void {
    this.#stretchBytes += bytes.byteLength;
    this.#chunker.write(bytes, this.#emit);
  }

  readonly #emit = (plain: Uint8Array, owned?: Uint8Array): void => {
    this.#payload.push({ id: this.#press.submit('data', plain, owned), bytes: plain.byteLength });
    this.#cutBytes += plain.byteLength;
    // A body may go on for ever: what is cut goes into this frame, the rest into the next.
    if (this.#body === 'payload' && this.#payload.length >= FRAME_CHUNKS) {
      this.#frame.copy(this.#cutBytes);
      this.#cutBytes = 0;
      this.#closeFrame();
    }
  };

  #closeFullFrame(): void {
    if (this.#frame.bytes >= FRAME_BYTES || this.#payload.length >= FRAME_CHUNKS) this.#closeFrame();
  }

  #closeFrame(): void {
    if (this.#frame.isEmpty) return;
    const frame = this.#frame.finish((bytes) => this.#press.reserve(bytes));
    this.#list.add(this.#press.submit('data', frame), frame.byteLength);
    for (const { id, bytes } of this.#payload) this.#list.add(id, bytes);
    this.#payload = [];
  }
}
