import type { ItemRecord } from '@holdfast/vault';

/** One message of an mbox file. */
export interface MboxMessage {
  readonly record: ItemRecord;
  readonly mime: AsyncIterable<Uint8Array>;
}

const LF = 0x0a;
const GREATER = 0x3e;
const FROM = Buffer.from('From ');
const NEWLINE = Buffer.from('\n');

/**
 * Messages as one file in the form *mboxrd*: each behind a `From ` line, with `>` put before lines that look like one, so that the
 * message comes out again bit for bit when one `>` is taken away. [RFC 4155; the rd form is qmail's, mbox(5)]
 */
export async function* mbox(messages: AsyncIterable<MboxMessage>): AsyncGenerator<Uint8Array> {
  for await (const { record, mime } of messages) {
    yield Buffer.from(`From MAILER-DAEMON ${asctime(record.sortAt ?? 0)}\n`, 'latin1');
    yield* quoted(mime);
    yield NEWLINE;
  }
}

/** The message with its `From ` lines quoted, ended by a line break. */
async function* quoted(mime: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isLineStart = true;
  let held: Buffer = Buffer.alloc(0);
  for await (const piece of mime) {
    const data = Buffer.concat([held, piece]);
    const kept = undecided(data, isLineStart);
    held = Buffer.from(data.subarray(data.length - kept));
    const ready = data.subarray(0, data.length - kept);
    if (ready.length === 0) continue;
    yield* quoteLines(ready, isLineStart);
    isLineStart = ready.at(-1) === LF;
  }
  if (held.length > 0) yield held;
  if (held.length > 0 || !isLineStart) yield NEWLINE;
}

/** How many bytes at the end are the start of a line that may become a `From ` line. */
function undecided(data: Buffer, isLineStart: boolean): number {
  const lineStart = data.lastIndexOf(LF) + 1;
  if (lineStart === 0 && !isLineStart) return 0;
  let at = lineStart;
  while (data[at] === GREATER) at += 1;
  const tail = data.subarray(at);
  return tail.length < FROM.length && FROM.subarray(0, tail.length).equals(tail) ? data.length - lineStart : 0;
}

function* quoteLines(data: Buffer, isLineStart: boolean): Generator<Uint8Array> {
  let done = 0;
  for (let from = data.indexOf(FROM); from >= 0; from = data.indexOf(FROM, from + 1)) {
    let lineStart = from;
    while (lineStart > 0 && data[lineStart - 1] === GREATER) lineStart -= 1;
    const isAtStart = lineStart === 0 ? isLineStart : data[lineStart - 1] === LF;
    if (!isAtStart) continue;
    yield data.subarray(done, lineStart);
    yield Buffer.from([GREATER]);
    done = lineStart;
  }
  yield data.subarray(done);
}

/** `Mon Jan  5 10:00:00 2026`, in UTC. */
function asctime(at: number): string {
  const [weekday = '', day = '', month = '', year = '', time = ''] = new Date(at)
    .toUTCString()
    .replace(',', '')
    .split(' ');
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
}
