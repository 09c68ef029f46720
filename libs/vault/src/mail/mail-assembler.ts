import type { AppError } from '@holdfast/kernel';
import { brokenObject } from '../broken-object.js';
import { Base64LineWriter, encodedLength, encodeLines } from './base64-lines.js';
import { FRAME_HEADER_BYTES, type RecipeStep, readFrameHeader, readSteps } from './recipe.js';

/** Payload that is encoded at once, in bytes. */
const PIECE_BYTES = 64 * 1024;
/** A frame with no more payload than this is rebuilt in one piece, in bytes. */
const WHOLE_BYTES = 512 * 1024;

/** Takes exact numbers of bytes off a stream of pieces. */
class PieceReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** Some bytes, at most `most`; empty at the end. */
  async some(most: number): Promise<Uint8Array> {
    while (this.#piece.byteLength === 0) {
      const next = await this.#pieces.next();
      if (next.done) return this.#piece;
      this.#piece = next.value;
    }
    const taken = this.#piece.subarray(0, most);
    this.#piece = this.#piece.subarray(taken.byteLength);
    return taken;
  }

  /** Exactly `count` bytes, or fewer only at the end. */
  async exactly(count: number): Promise<Uint8Array> {
    const first = await this.some(count);
    if (first.byteLength === count) return first;
    const all = [first];
    for (let missing = count - first.byteLength; missing > 0;) {
      const next = await this.some(missing);
      if (next.byteLength === 0) break;
      all.push(next);
      missing -= next.byteLength;
    }
    return Buffer.concat(all);
  }

  async required(count: number): Promise<Uint8Array> {
    const bytes = await this.exactly(count);
    if (bytes.byteLength < count) throw tooShort();
    return bytes;
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}

/** Rebuilds a message from the bytes of its chunks: frames, each followed by the payload that its steps use. */
export async function* assembleMail(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = new PieceReader(chunks);
  try {
    for (;;) {
      const header = await reader.exactly(FRAME_HEADER_BYTES);
      if (header.byteLength === 0) return;
      if (header.byteLength < FRAME_HEADER_BYTES)
        throw brokenObject('mail recipe', 'a frame starts with 8 bytes of lengths');
      yield* assembleFrame(reader, header);
    }
  } finally {
    await reader.close();
  }
}

/**
 * The same for a message whose chunks are all at hand, one after the other in `content`. Returns the bytes of the message; one that has
 * more than `target` is refused.
 */
export function assembleMailInto(content: Uint8Array, target: Uint8Array): number {
  let at = 0;
  let end = 0;
  const take = (count: number): Uint8Array => {
    if (at + count > content.byteLength) throw tooShort();
    return content.subarray(at, (at += count));
  };
  while (at < content.byteLength) {
    const { stepBytes, literalBytes } = readFrameHeader(take(FRAME_HEADER_BYTES));
    const steps = readSteps(take(stepBytes), literalBytes);
    end = assembleWhole(steps, take(literalBytes), take(payloadLength(steps)), target, end);
  }
  return end;
}

function payloadLength(steps: readonly RecipeStep[]): number {
  return steps.reduce((sum, step) => sum + (step.do === 'literal' ? 0 : step.bytes), 0);
}

function tooShort(): AppError {
  return brokenObject('mail recipe', 'its chunks hold all that its steps use');
}

async function* assembleFrame(reader: PieceReader, header: Uint8Array): AsyncGenerator<Uint8Array> {
  const { stepBytes, literalBytes } = readFrameHeader(header);
  const body = await reader.required(stepBytes + literalBytes);
  const steps = readSteps(body.subarray(0, stepBytes), literalBytes);
  const literals = body.subarray(stepBytes);
  const payloadBytes = payloadLength(steps);
  if (payloadBytes > WHOLE_BYTES) {
    yield* assembleByStep(reader, steps, literals);
    return;
  }
  const target = Buffer.allocUnsafeSlow(lengthOf(steps));
  assembleWhole(steps, literals, await reader.required(payloadBytes), target, 0);
  yield target;
}

/** Puts a frame whose payload is at hand into `target` from `to`, and returns the place behind it: most messages are one such frame. */
function assembleWhole(
  steps: readonly RecipeStep[],
  literals: Uint8Array,
  payload: Uint8Array,
  target: Uint8Array,
  to: number,
): number {
  if (to + lengthOf(steps) > target.byteLength)
    throw brokenObject('mail recipe', 'it makes as many bytes as its record says');
  let [at, literal, paid] = [to, 0, 0];
  for (const step of steps) {
    if (step.do === 'literal') {
      target.set(literals.subarray(literal, (literal += step.bytes)), at);
      at += step.bytes;
      continue;
    }
    const bytes = payload.subarray(paid, (paid += step.bytes));
    if (step.do === 'base64') at = encodeLines(bytes, step.lineChars, step.lineEnd, target, at);
    else {
      target.set(bytes, at);
      at += step.bytes;
    }
  }
  return at;
}

/** Bytes of the message that the steps make. */
function lengthOf(steps: readonly RecipeStep[]): number {
  return steps.reduce(
    (sum, step) => sum + (step.do === 'base64' ? encodedLength(step.bytes, step.lineChars, step.lineEnd) : step.bytes),
    0,
  );
}

async function* assembleByStep(
  reader: PieceReader,
  steps: readonly RecipeStep[],
  literals: Uint8Array,
): AsyncGenerator<Uint8Array> {
  let literal = 0;
  for (const step of steps) {
    if (step.do === 'literal') yield literals.subarray(literal, (literal += step.bytes));
    else yield* payloadOf(reader, step);
  }
}

async function* payloadOf(
  reader: PieceReader,
  step: Exclude<RecipeStep, { do: 'literal' }>,
): AsyncGenerator<Uint8Array> {
  const lines = step.do === 'base64' ? new Base64LineWriter(step.lineChars, step.lineEnd) : undefined;
  for (let left = step.bytes; left > 0;) {
    const piece = await reader.some(Math.min(left, PIECE_BYTES));
    if (piece.byteLength === 0) throw tooShort();
    left -= piece.byteLength;
    yield lines ? lines.write(piece, left === 0) : piece;
  }
}
