import { MadeBytes } from './attachment-bytes.js';
import { fileAttachment, inlineImage, logUniform, uniqueFile } from './attachments.js';
import type { Attachment, ItemAttachment, Letter } from './letter.js';
import { correspondent, htmlBody, type Sketch, textBody } from './sketch.js';

/** Octets of content that become so many octets of base64 lines. */
const contentBytes = (base64Bytes: number): number => Math.max(1, Math.round(base64Bytes * 0.73));

export function withFile({ rng, world, language, bytes }: Sketch): Partial<Letter> {
  const body = rng.chance(0.5) ? htmlBody : textBody;
  return {
    body: body(rng, language, bytes * 0.3),
    attachments: [fileAttachment(rng, world.pool, 1, contentBytes(bytes * 0.7))],
  };
}

export function severalFiles({ rng, world, language, bytes }: Sketch): Partial<Letter> {
  const count = rng.int(2, 6);
  const attachments = Array.from({ length: count }, (_, n) =>
    fileAttachment(rng, world.pool, n + 1, contentBytes((bytes * 0.8) / count)),
  );
  return { body: htmlBody(rng, language, bytes * 0.2), attachments };
}

export function withLargeFile({ rng, language }: Sketch, bytes: number): Partial<Letter> {
  return { body: textBody(rng, language, 1_000), attachments: [uniqueFile(rng, 1, bytes)] };
}

export function zeroByteFile({ rng, language }: Sketch): Partial<Letter> {
  const empty = { ...uniqueFile(rng, 1, 0), name: 'empty.txt', content: new MadeBytes('empty', 0, '') };
  return { body: textBody(rng, language, 1_000), attachments: [empty, fileAttachment(rng, 'zero', 2, 500)] };
}

/** Pictures in the page, and in a third of the cases a file beside them: related inside mixed. */
export function inlineImages({ rng, world, language, bytes }: Sketch): Partial<Letter> {
  const count = rng.int(1, 3);
  const images = Array.from({ length: count }, (_, n) => inlineImage(rng, n + 1, contentBytes((bytes * 0.6) / count)));
  const files: Attachment[] = rng.chance(0.35) ? [fileAttachment(rng, world.pool, 9, contentBytes(bytes * 0.3))] : [];
  const plain = textBody(rng, language, 600);
  return {
    body: htmlBody(
      rng,
      language,
      bytes * 0.3,
      images.map((image) => image.contentId ?? ''),
    ),
    attachments: [...images, ...files],
    ...(rng.chance(0.5) ? { plainText: () => plain().content } : {}),
  };
}

export const nested = (sketch: Sketch): Partial<Letter> => forward(sketch, 1);
export const deepNested = (sketch: Sketch): Partial<Letter> => forward(sketch, sketch.rng.int(3, 6));

/** A message that carries another as message/rfc822, which carries another … */
function forward(sketch: Sketch, levels: number): Partial<Letter> {
  const { rng, language } = sketch;
  const files: Attachment[] = rng.chance(0.4) ? [fileAttachment(rng, sketch.world.pool, 2, 3_000)] : [];
  return { body: textBody(rng, language, 800), attachments: [innerLetter(sketch, levels), ...files] };
}

function innerLetter({ rng, world, language, letter, bytes }: Sketch, levels: number): ItemAttachment {
  const stream = rng.derive('inner', levels);
  const inner: Letter = {
    ...letter,
    subject: `${stream.pick(language.subjects)} (${levels})`,
    from: correspondent(stream, language),
    sender: undefined,
    to: [world.owner],
    cc: [],
    bcc: [],
    internetMessageId: `<inner${levels}.${letter.internetMessageId.slice(1)}`,
    sentAt: letter.sentAt - levels * 86_400_000,
    body: (stream.chance(0.5) ? htmlBody : textBody)(stream, language, bytes / (levels + 1)),
    attachments:
      levels > 1
        ? [innerLetter({ rng: stream, world, language, letter, bytes }, levels - 1)]
        : [fileAttachment(stream, world.pool, 1, logUniform(stream, 500, 8_000))],
  };
  return {
    kind: 'item',
    number: 1,
    name: inner.subject,
    contentType: 'message/rfc822',
    isInline: false,
    letter: inner,
  };
}

/** A link to a file in the cloud, mostly beside an ordinary file. */
export function reference({ rng, world, language, bytes }: Sketch): Partial<Letter> {
  const link: Attachment = {
    kind: 'reference',
    number: 1,
    name: 'Budget.xlsx',
    contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    isInline: false,
    sourceUrl: `https://contoso-my.sharepoint.example/personal/a/Documents/Budget-${rng.int(1, 9)}.xlsx`,
  };
  const body = htmlBody(rng, language, bytes * 0.4);
  const file = fileAttachment(rng, world.pool, 2, contentBytes(bytes * 0.4));
  return { body, attachments: rng.chance(0.4) ? [link] : [link, file] };
}
