import { randomUUID } from 'node:crypto';

/** A body as an upload of a web form carries it (RFC 7578), piece by piece. `name` is an object's name: it needs no escape. */
export function inForm(
  name: string,
  body: AsyncIterable<Uint8Array>,
): { readonly headers: Readonly<Record<string, string>>; readonly body: AsyncIterable<Uint8Array> } {
  const boundary = `holdfast-${randomUUID()}`;
  async function* parts(): AsyncGenerator<Uint8Array, void, undefined> {
    yield Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: application/octet-stream\r\n\r\n`,
    );
    yield* body;
    yield Buffer.from(`\r\n--${boundary}--\r\n`);
  }
  return { headers: { 'content-type': `multipart/form-data; boundary=${boundary}` }, body: parts() };
}
