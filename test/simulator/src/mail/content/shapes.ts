import { logUniform } from './attachments.js';
import { ENGLISH, FRENCH, GERMAN, type Language, RUSSIAN } from './language.js';
import type { Breakage, Letter, MimeStyle } from './letter.js';
import { smimeEncrypted, smimeOpaque, smimeSigned } from './shapes-smime.js';
import {
  deepNested,
  inlineImages,
  nested,
  reference,
  severalFiles,
  withFile,
  withLargeFile,
  zeroByteFile,
} from './shapes-attached.js';
import type { ShapeName } from './shape-name.js';
import { correspondent, htmlBody, type Sketch, textBody } from './sketch.js';

/** One kind of mail: how often it comes, and what it makes of a sketch. */
export interface Shape {
  /** Share of all mail, in no unit: it is set against the sum. */
  readonly weight: number;
  /** The language that its charset can write; otherwise any. */
  readonly languages?: readonly Language[];
  make(sketch: Sketch): Partial<Letter>;
}

const QP: MimeStyle = { charset: 'utf-8', encoding: 'quoted-printable' };
const PLAIN: MimeStyle = { charset: 'us-ascii', encoding: '7bit' };

const text = (style: MimeStyle) => (): Partial<Letter> => ({ style });
const html =
  (style: MimeStyle) =>
  (sketch: Sketch): Partial<Letter> => ({
    style,
    body: htmlBody(sketch.rng, sketch.language, sketch.bytes),
  });

function alternative({ rng, language, bytes }: Sketch): Partial<Letter> {
  const plain = textBody(rng, language, bytes / 2);
  return { style: QP, body: htmlBody(rng, language, bytes / 2), plainText: () => plain().content };
}

function crowd({ rng, language }: Sketch): Partial<Letter> {
  const to = Array.from({ length: 1000 }, (_, n) => {
    const { name, address } = correspondent(rng, language);
    return { name: `${name} ${n}`, address: `${n}.${address}` };
  });
  return { to, body: textBody(rng, language, 500), headers: [['List-Id', '<everybody.example.com>']] };
}

function meeting({ rng, language, letter }: Sketch): Partial<Letter> {
  const startAt = letter.sentAt + rng.int(1, 30) * 86_400_000;
  return {
    style: QP,
    body: htmlBody(rng, language, 1_500),
    meeting: { startAt, endAt: startAt + 3_600_000, location: rng.pick(['Room 1', 'Büro; 2. OG', '会議室A']) },
  };
}

function newsletter({ rng, language, bytes }: Sketch): Partial<Letter> {
  return {
    body: htmlBody(rng, language, bytes),
    headers: [
      ['List-Unsubscribe', '<mailto:leave@lists.example>'],
      ['X-Priority', '3'],
      [
        'Received',
        `from mx.example (mx.example [192.0.2.${rng.int(1, 254)}])\r\n\tby mail.example with ESMTPS id ${rng.uint32().toString(36)}`,
      ],
    ],
    isReadReceiptRequested: true,
  };
}

const broken = (breakage: Breakage, style: MimeStyle = QP): Shape => ({
  weight: 0.2,
  make: (sketch) => ({ ...withFile(sketch), style: { ...style, breakage } }),
});

/** How every kind of mail is made. */
export const SHAPES: Readonly<Record<ShapeName, Shape>> = {
  'plain-7bit': { weight: 8, languages: [ENGLISH], make: text(PLAIN) },
  'plain-quoted': { weight: 7, make: text(QP) },
  'plain-base64': { weight: 3, make: text({ charset: 'utf-8', encoding: 'base64' }) },
  'plain-8bit': { weight: 3, make: text({ charset: 'utf-8', encoding: '8bit' }) },
  'plain-binary': { weight: 0.5, make: text({ charset: 'utf-8', encoding: 'binary' }) },
  'plain-latin1': {
    weight: 3,
    languages: [GERMAN, FRENCH],
    make: text({ charset: 'iso-8859-1', encoding: 'quoted-printable' }),
  },
  'plain-cyrillic': { weight: 2, languages: [RUSSIAN], make: text({ charset: 'windows-1251', encoding: '8bit' }) },
  'html-quoted': { weight: 12, make: html(QP) },
  'html-base64': { weight: 4, make: html({ charset: 'utf-8', encoding: 'base64' }) },
  alternative: { weight: 20, make: alternative },
  newsletter: { weight: 4, make: newsletter },
  attached: { weight: 14, make: withFile },
  'several-attached': { weight: 3, make: severalFiles },
  inline: { weight: 5, make: inlineImages },
  nested: { weight: 1.5, make: nested },
  'deep-nested': { weight: 0.3, make: deepNested },
  reference: { weight: 0.8, make: reference },
  'smime-signed': { weight: 1, make: smimeSigned },
  'smime-opaque': { weight: 0.3, make: smimeOpaque },
  'smime-encrypted': { weight: 0.4, make: smimeEncrypted },
  meeting: { weight: 1.5, make: meeting },
  crowd: { weight: 0.05, make: crowd },
  empty: { weight: 0.3, make: () => ({ subject: '', body: () => ({ contentType: 'text', content: '' }) }) },
  'no-subject': { weight: 0.4, make: () => ({ subject: '' }) },
  'zero-byte': { weight: 0.3, make: zeroByteFile },
  large: {
    weight: 0.15,
    make: (sketch) => withLargeFile(sketch, sketch.world.scale * logUniform(sketch.rng, 2_000_000, 8_000_000)),
  },
  'broken-boundary': broken('unclosed-boundary'),
  'broken-base64': broken('bad-base64'),
  'broken-charset': broken('wrong-charset', { charset: 'utf-8', encoding: '8bit' }),
  'broken-lines': broken('bare-lf'),
  'broken-header': broken('cut-header'),
  'raw-header': broken('raw-8bit-headers'),
  'endless-line': { weight: 0.2, make: text({ charset: 'utf-8', encoding: '8bit', breakage: 'endless-line' }) },
};
