import type { Readable } from 'node:stream';

/** A file as restore streams it. */
export interface ExportFile {
  readonly contentType: string;
  /** As restore words it. */
  readonly contentDisposition: string;
  readonly body: Readable;
}

/** Restore's HTTP server. */
export abstract class ExportSource {
  /** Opens the stream; nothing is read ahead beyond a socket's buffer. */
  abstract open(path: string, signal: AbortSignal): Promise<ExportFile>;
}
