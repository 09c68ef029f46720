import { base64, mime, noise } from './contents.js';
import type { StoryContent } from './story.js';

/*
 * Messages of every kind that the splitter of mail treats in its own way. Each has to come back with every byte.
 */

const lines = (...parts: readonly string[]): string => parts.join('\r\n');
const head = (subject: string, contentType: string): string =>
  lines(
    'From: "Ada Example" <ada@contoso.example>',
    'To: =?utf-8?q?J=C3=BCrgen?= <juergen@contoso.example>',
    `Subject: ${subject}`,
    'Date: Mon, 5 Jan 2026 10:00:00 +0000',
    'MIME-Version: 1.0',
    `Content-Type: ${contentType}`,
    '',
    '',
  );

const attachment = (name: string, bytes: Uint8Array): string =>
  lines(
    `Content-Type: application/octet-stream; name="${name}"`,
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment; filename="${name}"`,
    '',
    base64(bytes, 76, '\r\n'),
  );

const multipart = (subject: string, boundary: string, ...parts: readonly string[]): string =>
  `${head(subject, `multipart/mixed; boundary="${boundary}"`)}Preamble.\r\n${parts
    .map((part) => `--${boundary}\r\n${part}\r\n`)
    .join('')}--${boundary}--\r\n`;

export const plain = (subject: string): StoryContent => mime(`${head(subject, 'text/plain')}Hello.\r\n`);

export const withAttachment = (subject: string, name: string, bytes: Uint8Array): StoryContent =>
  mime(multipart(subject, 'outer', 'Content-Type: text/plain\r\n\r\nSee the file.', attachment(name, bytes)));

/** A message in a message, with a file in the inner one. */
export function nested(): StoryContent {
  const inner = multipart(
    'Inner',
    'inner',
    'Content-Type: text/plain\r\n\r\nInner text.',
    attachment('in.bin', noise('nested', 5000)),
  );
  return mime(multipart('Outer', 'outer', `Content-Type: message/rfc822\r\n\r\n${inner}`));
}

/** A picture that the HTML shows, in lines of 60 characters that end in LF alone. */
export function withPicture(): StoryContent {
  const html = 'Content-Type: text/html\r\n\r\n<p>Look: <img src="cid:pic@1"></p>';
  const picture = lines(
    'Content-Type: image/png',
    'Content-Transfer-Encoding: base64',
    'Content-ID: <pic@1>',
    'Content-Disposition: inline',
    '',
    base64(noise('picture', 6000), 60, '\n'),
  );
  return mime(
    `${head('Picture', 'multipart/related; boundary=rel')}--rel\r\n${html}\r\n--rel\r\n${picture}\r\n--rel--\r\n`,
  );
}

/** No closing boundary, mixed line ends, bytes of no character set, base64 that no encoder wrote, a boundary that is never used. */
export function broken(): StoryContent {
  const parts = [
    head('Broken', 'multipart/mixed; boundary=x'),
    '--x\nContent-Transfer-Encoding: base64\n\nQUJ\nDREVGR0g==\r\nAB=C\r\n',
    '--x\r\nContent-Transfer-Encoding: base64\r\n\r\n',
    base64(noise('irregular', 3000), 64, '\r\n').replace('\r\n', ' \r\n\t'),
    '\r\n--x\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n--z\r\n\r\n',
  ];
  return mime(Buffer.concat([Buffer.from(parts.join('')), Buffer.from([0, 0xff, 0xfe, 0x0d, 0x0d, 0x0a, 0x80])]));
}

/** A text that is too long to stand in the recipe. */
export function longText(): StoryContent {
  const text = Array.from({ length: 1800 }, (_, line) => `Line ${line} of a text that goes on for a while.`).join(
    '\r\n',
  );
  return mime(`${head('Long', 'text/plain; charset=utf-8')}${text}\r\n`);
}
