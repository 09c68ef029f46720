import { type Draws, drawsFor, noise } from './draws.js';
import type { Language } from './language.js';

/** Earlier bodies that replies quote. */
const REMEMBERED_BODIES = 4096;
const QUOTABLE_BYTES = 16_384;
const FIRST_MAIL_AT = 1_700_000_000;

export interface MailsOptions {
  readonly seed: number;
  readonly language: Language;
  /** Different attachments that go around. */
  readonly attachments: number;
}

/** Makes the mails of a corpus: 2 to 60 KiB, threads that quote each other, attachments that many share. */
export class Mails {
  readonly #bodies: string[] = [];
  readonly #attachments = new Map<number, string>();

  constructor(private readonly options: MailsOptions) {}

  make(index: number, draws: Draws): Buffer {
    const bytes = draws.logUniform(2 << 10, 60 << 10);
    const boundary = `----=_Part_${draws.hex(16)}`;
    const header = this.#header(index, draws, boundary);
    const room = Math.max(400, bytes - header.length);
    const attachment = this.#attachment(draws, boundary, room);
    const left = Math.max(400, room - attachment.length);
    const text = this.#parts(index, draws, boundary, left);
    return Buffer.from(`${header}${text}${attachment}--${boundary}--\r\n`, 'latin1');
  }

  /** The same mail sent again with small changes. */
  edit(mail: Buffer, draws: Draws): Buffer {
    const copy = Buffer.from(mail);
    for (let times = 0; times < 4; times += 1) copy[draws.below(copy.length)] = 97 + draws.below(26);
    const at = draws.below(copy.length);
    const added = Buffer.from(` ${this.options.language.prose(draws, 20 + draws.below(160))}`);
    return Buffer.concat([copy.subarray(0, at), added, copy.subarray(at)]);
  }

  #header(index: number, draws: Draws, boundary: string): string {
    const { language, seed } = this.options;
    const from = draws.of(language.people);
    const to = draws.of(language.people);
    const at = FIRST_MAIL_AT + index * 37;
    const date = (offset: number) => new Date((at + offset) * 1000).toUTCString();
    const hops = [0, 1, 2].map(
      (hop) =>
        `Received: from mail-${draws.hex(6)}.outbound.protection.example (10.${draws.below(255)}.${draws.below(255)}.${draws.below(255)}) by\r\n` +
        ` mx${hop}.contoso.example with Microsoft SMTP Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384)` +
        ` id 15.20.${draws.below(9999)}.${draws.below(99)}; ${date(hop)}`,
    );
    const signature = noise(seed, `dkim/${index}`, 288).toString('base64');
    return [
      ...hops,
      'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=contoso.example; s=selector2;',
      ` b=${signature.replace(/(.{72})/g, '$1\r\n ')}`,
      `From: <${from}>`,
      `To: <${to}>`,
      `Subject: ${language.prose(draws, 40).trim().replaceAll('\r\n', ' ')}`,
      `Date: ${date(0)}`,
      `Message-ID: <${draws.hex(32)}@${draws.hex(8)}.prod.example>`,
      'MIME-Version: 1.0',
      `Content-Type: multipart/mixed; boundary="${boundary}"`,
      `X-MS-Exchange-CrossTenant-Id: ${draws.hex(32)}`,
      '\r\n',
    ].join('\r\n');
  }

  /** In almost half of the larger mails; few attachments go around often, many seldom. */
  #attachment(draws: Draws, boundary: string, room: number): string {
    if (room <= 6000 || draws.unit() >= 0.45) return '';
    const number = Math.floor(draws.unit() ** 2 * this.options.attachments);
    const base64 = this.#attachmentText(number);
    if (base64.length >= room * 1.2) return '';
    return (
      `--${boundary}\r\nContent-Type: application/octet-stream; name="file${number}.bin"\r\n` +
      `Content-Transfer-Encoding: base64\r\n\r\n${base64}\r\n`
    );
  }

  #attachmentText(number: number): string {
    const made = this.#attachments.get(number);
    if (made !== undefined) return made;
    const { seed } = this.options;
    const bytes = drawsFor(seed, 4, number).logUniform(3 << 10, 36 << 10);
    const text = noise(seed, `attachment/${number}`, bytes)
      .toString('base64')
      .replace(/(.{76})/g, '$1\r\n');
    this.#attachments.set(number, text);
    return text;
  }

  #parts(index: number, draws: Draws, boundary: string, bytes: number): string {
    const { language } = this.options;
    const quote = this.#quote(draws, bytes);
    const hasHtml = draws.unit() < 0.5;
    const own = Math.max(200, hasHtml ? (bytes - quote.length - language.styleSheet.length) / 2 : bytes - quote.length);
    const body = language.prose(draws, Math.min(own, bytes));
    this.#bodies[index % REMEMBERED_BODIES] = body.slice(0, QUOTABLE_BYTES);
    const plain = `--${boundary}\r\nContent-Type: text/plain; charset="utf-8"\r\n\r\n${body}${quote}\r\n`;
    if (!hasHtml) return plain;
    const paragraphs = body.replaceAll('. ', '.</p>\r\n<p class=MsoNormal>');
    return (
      `${plain}--${boundary}\r\nContent-Type: text/html; charset="utf-8"\r\n\r\n<html><head><style>${language.styleSheet}` +
      `</style></head><body><p class=MsoNormal>${paragraphs}</p></body></html>\r\n`
    );
  }

  #quote(draws: Draws, bytes: number): string {
    if (draws.unit() >= 0.4) return '';
    const quoted = this.#bodies[draws.below(this.#bodies.length)] ?? '';
    return `\r\n> ${quoted.slice(0, Math.floor(bytes / 3)).replaceAll('\r\n', '\r\n> ')}`;
  }
}
