import type { AttachmentBytes } from './attachment-bytes.js';

export interface Address {
  readonly name: string;
  readonly address: string;
}

export interface LetterBody {
  readonly contentType: 'text' | 'html';
  readonly content: string;
}

interface AttachmentBase {
  /** Stays the same while the message lives; the attachment's id is made from it. */
  readonly number: number;
  readonly name: string;
  readonly contentType: string;
  readonly isInline: boolean;
}

export interface FileAttachment extends AttachmentBase {
  readonly kind: 'file';
  readonly contentId: string | null;
  readonly content: AttachmentBytes;
}

/** A message inside a message; may hold attachments itself. */
export interface ItemAttachment extends AttachmentBase {
  readonly kind: 'item';
  readonly letter: Letter;
}

/** A link to a file elsewhere; MIME carries it as text in the body only. */
export interface ReferenceAttachment extends AttachmentBase {
  readonly kind: 'reference';
  readonly sourceUrl: string;
}

export type Attachment = FileAttachment | ItemAttachment | ReferenceAttachment;

export type Charset = 'us-ascii' | 'utf-8' | 'iso-8859-1' | 'windows-1251';
export type TransferEncoding = '7bit' | '8bit' | 'quoted-printable' | 'base64' | 'binary';
export type Breakage =
  'unclosed-boundary' | 'bad-base64' | 'wrong-charset' | 'bare-lf' | 'raw-8bit-headers' | 'endless-line' | 'cut-header';

/** How the message is written as MIME. Nothing of it shows in the JSON form. */
export interface MimeStyle {
  readonly charset: Charset;
  readonly encoding: TransferEncoding;
  readonly breakage?: Breakage;
}

export interface Meeting {
  readonly startAt: number;
  readonly endAt: number;
  readonly location: string;
}

/** Everything a message says, apart from where it lies and what its reader did with it. */
export interface Letter {
  readonly subject: string;
  readonly from: Address | undefined;
  readonly sender: Address | undefined;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly replyTo: readonly Address[];
  readonly internetMessageId: string;
  readonly sentAt: number;
  /** Groups the messages of one conversation. */
  readonly topic: string;
  /** Headers beyond those that follow from the fields: `['X-Mailer', 'Pine']`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Made on demand: most calls need no body. */
  readonly body: () => LetterBody;
  /** The plain text beside an HTML body; without it the MIME form has HTML only. */
  readonly plainText?: () => string;
  readonly attachments: readonly Attachment[];
  readonly meeting?: Meeting;
  readonly style: MimeStyle;
  /** MIME that was given as it is, or that no style describes (S/MIME); otherwise it is made from the fields. */
  readonly mime?: () => Iterable<Buffer>;
  readonly isDeliveryReceiptRequested?: boolean;
  readonly isReadReceiptRequested?: boolean;
}
