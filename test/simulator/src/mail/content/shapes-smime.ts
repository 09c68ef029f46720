import { type Entity, entityOctets } from '../mime/entity.js';
import { contentOf, withHeaders } from '../mime/render.js';
import { opaqueContent, opaqueEntity, signedEntity } from '../mime/smime.js';
import { GivenBytes } from './attachment-bytes.js';
import { fileAttachment } from './attachments.js';
import type { FileAttachment, Letter } from './letter.js';
import { type Sketch, textBody } from './sketch.js';

/** Exchange keeps a whole S/MIME message as one attachment with this name ([MS-OXOSMIME] 2.1.3). */
function p7m(contentType: string, content: Buffer): FileAttachment {
  return {
    kind: 'file',
    number: 1,
    name: 'smime.p7m',
    contentType,
    isInline: false,
    contentId: null,
    content: new GivenBytes(content),
  };
}

function innerContent({ rng, world, language, bytes, letter }: Sketch): Letter {
  const attachments = rng.chance(0.5) ? [fileAttachment(rng, world.pool, 1, bytes / 2)] : [];
  return { ...letter, body: textBody(rng, language, Math.min(bytes / 2, 20_000)), attachments };
}

/** A message whose MIME is its header and one S/MIME entity, made again from the seed whenever it is read. */
function sealed(sketch: Sketch, contentType: string, body: Letter['body'], entity: () => Entity): Partial<Letter> {
  const header = sketch.letter;
  let attached: FileAttachment | undefined;
  return {
    body,
    get attachments() {
      attached ??= p7m(contentType, Buffer.concat([...entityOctets(entity())]));
      return [attached];
    },
    mime: () => entityOctets(withHeaders(header, entity())),
  };
}

export function smimeSigned(sketch: Sketch): Partial<Letter> {
  const inner = innerContent(sketch);
  const entity = (): Entity => signedEntity(sketch.rng.derive('signature'), contentOf(inner), sketch.letter);
  return sealed(sketch, 'multipart/signed', inner.body, entity);
}

function opaque(sketch: Sketch, kind: 'signed-data' | 'enveloped-data'): Partial<Letter> {
  const inner = innerContent(sketch);
  let octets: Buffer | undefined;
  const content = (): Buffer =>
    (octets ??= opaqueContent(
      sketch.rng.derive('envelope'),
      sketch.letter,
      kind,
      Buffer.concat([...entityOctets(contentOf(inner))]),
    ));
  return {
    body: () => ({ contentType: 'text', content: '' }),
    get attachments() {
      return [p7m('application/pkcs7-mime', content())];
    },
    mime: () => entityOctets(withHeaders(sketch.letter, opaqueEntity(content(), kind))),
  };
}

export const smimeOpaque = (sketch: Sketch): Partial<Letter> => opaque(sketch, 'signed-data');
export const smimeEncrypted = (sketch: Sketch): Partial<Letter> => opaque(sketch, 'enveloped-data');
