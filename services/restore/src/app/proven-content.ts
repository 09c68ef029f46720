import { type ContentRef, isDamage, type VaultReader } from '@holdfast/vault';

/** A content of up to this many bytes is read as a whole before any of it is given away. */
const HELD_BYTES = 8 * 1024 * 1024;

/** A content to be handed out; or why the vault cannot give it. */
export type ProvenContent = { readonly content: AsyncIterable<Uint8Array> } | { readonly reason: string };

export const LOST =
  'what the vault holds of it is lost or damaged; a deep check mends what another destination or Microsoft still has';

/** The content as it is read: where it is large and turns out damaged, the reading of it fails half-way. */
export async function givenContent(reader: VaultReader, ref: ContentRef): Promise<ProvenContent> {
  const content = reader.readContent(ref);
  if (ref.bytes > HELD_BYTES) return { content };
  return orLost(async () => given(await Array.fromAsync(content)));
}

/** The content, all of it proven before any is given; a large one is read twice. For what cannot be taken back once it is begun. */
export async function provenContent(reader: VaultReader, ref: ContentRef): Promise<ProvenContent> {
  if (ref.bytes <= HELD_BYTES) return givenContent(reader, ref);
  return orLost(async () => {
    for await (const _ of reader.readContent(ref));
    return reader.readContent(ref);
  });
}

async function orLost(read: () => Promise<AsyncIterable<Uint8Array>>): Promise<ProvenContent> {
  try {
    return { content: await read() };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { reason: LOST };
  }
}

async function* given(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}
