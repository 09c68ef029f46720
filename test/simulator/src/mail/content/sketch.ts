import type { Rng } from '../../core/rng.js';
import { logUniform } from './attachments.js';
import { ENGLISH, type Language, LANGUAGES } from './language.js';
import type { Address, Letter, LetterBody } from './letter.js';
import type { LetterWorld, Origin } from './origin.js';
import { prose } from './prose.js';

const DOMAINS = ['fabrikam.example', 'northwind.example', 'xn--mller-kva.example', 'adatum.example'];
const UTF8_QP = { charset: 'utf-8', encoding: 'quoted-printable' } as const;

/** A letter in the making: the envelope is settled, the shape fills in the rest. */
export interface Sketch {
  readonly rng: Rng;
  readonly world: LetterWorld;
  readonly language: Language;
  /** Octets that the MIME form should come to, about. */
  readonly bytes: number;
  readonly letter: Letter;
}

/** Somebody outside, with a name of the language and an ASCII address. */
export function correspondent(rng: Rng, language: Language): Address {
  return { name: rng.pick(language.names), address: `p${rng.int(100, 999)}@${rng.pick(DOMAINS)}` };
}

export function sketchLetter(world: LetterWorld, origin: Origin, language?: Language): Sketch {
  const rng = world.rng.derive('letter', origin.source);
  const spoken = language ?? (rng.chance(0.55) ? ENGLISH : rng.pick(LANGUAGES));
  const other = correspondent(rng, spoken);
  const isIncoming = origin.direction === 'in';
  const more = rng.chance(0.2) ? Array.from({ length: rng.int(1, 4) }, () => correspondent(rng, spoken)) : [];
  const from = isIncoming ? other : world.owner;
  const bytes = Math.round(world.scale * logUniform(rng, 2_000, 60_000));
  const topic = `${rng.uint32().toString(16)}-${origin.source}`;
  const letter: Letter = {
    subject: rng.chance(0.3) ? `${rng.pick(spoken.subjects)} #${origin.source}` : rng.pick(spoken.subjects),
    from,
    sender: isIncoming && rng.chance(0.02) ? correspondent(rng, spoken) : from,
    to: [isIncoming ? world.owner : other, ...more],
    cc: rng.chance(0.15) ? [correspondent(rng, spoken)] : [],
    bcc: !isIncoming && rng.chance(0.1) ? [correspondent(rng, spoken)] : [],
    replyTo: rng.chance(0.04) ? [correspondent(rng, spoken)] : [],
    internetMessageId: `<${topic}.${rng.uint32().toString(36)}@${rng.pick(DOMAINS)}>`,
    sentAt: origin.sentAt,
    topic,
    headers: isIncoming ? [['X-Mailer', rng.pick(['Outlook 16.0', 'Mutt/2.2', 'Gnus'])]] : [],
    body: textBody(rng, spoken, bytes),
    attachments: [],
    style: UTF8_QP,
  };
  return { rng, world, language: spoken, bytes, letter };
}

/** Plain paragraphs of about `bytes` octets; equal at each call. */
export function textBody(rng: Rng, language: Language, bytes: number): () => LetterBody {
  return once(() => ({
    contentType: 'text',
    content: `${prose(rng.derive('body'), language, bytes).join('\r\n\r\n')}\r\n`,
  }));
}

/** The same paragraphs as a page, with the pictures of `contentIds` below. */
export function htmlBody(
  rng: Rng,
  language: Language,
  bytes: number,
  contentIds: readonly string[] = [],
): () => LetterBody {
  const images = contentIds.map((id) => `<img src="cid:${id}">`).join('\r\n');
  return once(() => {
    const page = prose(rng.derive('body'), language, bytes)
      .map((paragraph) => `<p>${paragraph}</p>`)
      .join('\r\n');
    const head = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>';
    return { contentType: 'html', content: `${head}\r\n${page}\r\n${images}</body></html>\r\n` };
  });
}

function once(make: () => LetterBody): () => LetterBody {
  let made: LetterBody | undefined;
  return () => (made ??= make());
}
