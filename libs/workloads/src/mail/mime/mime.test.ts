import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { attachmentsOf, bodyOf } from './attachments.js';
import { Base64Watch } from './base64-watch.js';
import { contentOf, parseEntity } from './entity.js';
import { parseInnerMessage } from './inner-message.js';

const mime = (...lines: string[]) => Buffer.from(lines.join('\r\n'), 'utf8');
const part = (header: string, body: string) => `${header}\r\n\r\n${body}`;

const mixed = (...parts: string[]) =>
  mime(
    'Subject: =?utf-8?B?R3LDvMOfZQ==?=',
    'From: "Li, Anna" <anna@example.com>',
    'Date: Mon, 05 Jan 2026 10:00:00 +0000',
    'Content-Type: multipart/mixed; boundary="b 1"',
    '',
    'preamble',
    ...parts.flatMap((text) => ['--b 1', text]),
    '--b 1--',
    '',
  );
const text = part(
  'Content-Type: text/plain; charset=windows-1251\r\nContent-Transfer-Encoding: quoted-printable',
  '=CF=F0=E8=E2=E5=F2 =\r\n=20x\r\n',
);
const file = part(
  'Content-Type: application/pdf; name="x"\r\nContent-Disposition: attachment; filename*=utf-8\'\'%C3%9C.pdf\r\nContent-Transfer-Encoding: base64',
  Buffer.from('%PDF-1.7').toString('base64'),
);
const image = part(
  'Content-Type: image/png\r\nContent-Disposition: inline; filename=i.png\r\nContent-ID: <i@1>\r\nContent-Transfer-Encoding: base64',
  'AAEC',
);

describe('attachmentsOf', () => {
  it('finds files and inline pictures with their decoded names and bytes, in order', () => {
    const [pdf, png, ...rest] = attachmentsOf(parseEntity(mixed(text, file, image)));
    expect(rest).toEqual([]);
    expect(pdf).toMatchObject({ kind: 'file', name: 'Ü.pdf', contentType: 'application/pdf', isInline: false });
    expect(pdf?.content().toString()).toBe('%PDF-1.7');
    expect(png).toMatchObject({ kind: 'file', isInline: true, contentId: 'i@1' });
    expect([...(png?.content() ?? [])]).toEqual([0, 1, 2]);
  });

  it('leaves text, alternatives and invitations to the body', () => {
    const alternative = mime(
      'Content-Type: multipart/alternative; boundary=a',
      '',
      '--a',
      part('Content-Type: text/plain', 'plain'),
      '--a',
      part('Content-Type: text/html', '<p>html</p>'),
      '--a',
      part('Content-Type: text/calendar; method=REQUEST', 'BEGIN:VCALENDAR'),
      '--a--',
    );
    const message = parseEntity(alternative);
    expect(attachmentsOf(message)).toEqual([]);
    expect(contentOf(bodyOf(message)!).toString()).toBe('<p>html</p>');
  });

  it('gives an empty attachment and an unclosed one', () => {
    const unclosed = mime(
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      part('Content-Disposition: attachment; filename=empty.txt', ''),
      '--b',
      file,
      '',
    );
    expect(attachmentsOf(parseEntity(unclosed)).map((found) => found.content().toString())).toEqual(['', '%PDF-1.7']);
  });

  it('keeps a clear-signed message whole as its one attachment, as Exchange does', () => {
    const entity =
      'Content-Type: multipart/signed; boundary=s;\r\n protocol="application/pkcs7-signature"\r\n\r\n--s\r\n\r\nhello\r\n--s--\r\n';
    const signed = Buffer.from(`Subject: x\r\nDate: y\r\n\tz\r\n${entity}`);
    const [only, ...rest] = attachmentsOf(parseEntity(signed));
    expect(rest).toEqual([]);
    expect(only).toMatchObject({ name: 'smime.p7m', contentType: 'multipart/signed' });
    expect(only?.content().toString()).toBe(entity);
  });

  it('reads a message inside a message', () => {
    const inner = Buffer.from(mixed(text, file).toString().replaceAll('b 1', 'b 2'));
    const outer = mixed(
      part('Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=fwd', inner.toString()),
    );
    const [attached] = attachmentsOf(parseEntity(outer));
    expect(attached).toMatchObject({ kind: 'message', name: 'fwd' });
    const message = parseInnerMessage(attached!.content());
    expect(message).toMatchObject({
      subject: 'Grüße',
      from: [{ name: 'Li, Anna', address: 'anna@example.com' }],
      sentAt: Date.UTC(2026, 0, 5, 10),
      body: { contentType: 'text', content: 'Привет  x\r\n' },
    });
    expect(message.attachments.map(({ name }) => name)).toEqual(['Ü.pdf']);
  });

  it('takes any bytes apart without an error', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ maxLength: 300 }).map((s) => Buffer.from(s)),
    );
    fc.assert(
      fc.property(anything, fc.integer({ min: 0, max: 400 }), (noise, cut) => {
        const whole = mixed(text, file, image);
        for (const bytes of [Buffer.from(noise), Buffer.concat([whole.subarray(0, cut), noise, whole.subarray(cut)])]) {
          attachmentsOf(parseEntity(bytes)).forEach((attachment) => attachment.content());
          parseInnerMessage(bytes);
        }
      }),
    );
  });
});

describe('Base64Watch', () => {
  const isDamaged = (bytes: Buffer, pieceBytes = bytes.length) => {
    const watch = new Base64Watch();
    for (let at = 0; at < bytes.length; at += pieceBytes) watch.update(bytes.subarray(at, at + pieceBytes));
    return watch.isDamaged();
  };

  it('is content with whole messages, however they are cut', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 900 }), (size) => !isDamaged(mixed(text, file, image), size)));
  });

  it.each(['AAE', 'AA!*~', 'AAECAA=', 'AA EC'])('notices %s, however it is cut', (body) => {
    const spoiled = mixed(text, image.replace('AAEC', body), file);
    fc.assert(fc.property(fc.integer({ min: 1, max: 900 }), (size) => isDamaged(spoiled, size)));
  });

  it('notices a message that ends inside a part', () => {
    const whole = mixed(image);
    expect(isDamaged(whole.subarray(0, whole.indexOf('AAEC') + 3))).toBe(true);
  });

  it('sees padding in the middle, where decoders stop', () => {
    const halves = ['the first half, ', 'and the second half'].map((half) => Buffer.from(half).toString('base64'));
    const lines = ['Content-Type: multipart/mixed; boundary=b', '', '--b', 'Content-Transfer-Encoding: base64', ''];
    const bytes = Buffer.from([...lines, ...halves, '--b--', ''].join('\r\n'));
    fc.assert(fc.property(fc.integer({ min: 1, max: 200 }), (size) => isDamaged(bytes, size)));
  });
});
