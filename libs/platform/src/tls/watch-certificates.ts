import { isAppError, type Clock } from '@holdfast/kernel';
import type { Logger } from '../logging/logger.js';
import { Certificates, type TlsFiles } from './certificates.js';
import { leafOf } from './read-tls-files.js';

/** Part of a certificate's time that is left when warnings begin. */
const LAST_PART = 0.1;
const WARN_AGAIN_MS = 3_600_000;

export interface WatchOptions<Files extends TlsFiles> {
  /** Reads the files anew; rejects while they cannot be used, half written say. */
  readonly read: () => Promise<Files>;
  /** Of what the certificates are, for the log. */
  readonly what: string;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface WatchedCertificates<Files extends TlsFiles> {
  readonly certificates: Certificates<Files>;
  close(): Promise<void>;
}

/**
 * Certificates whose files are read again and again: replaced as a whole, and never by files that cannot be used. They are read and
 * not watched by the file system's notices, which do not tell of a mounted folder whose link is moved. Rejects when they cannot be
 * used at first.
 */
export async function watchCertificates<Files extends TlsFiles>(
  options: WatchOptions<Files>,
): Promise<WatchedCertificates<Files>> {
  const certificates = new Certificates(await options.read());
  const closing = new AbortController();
  const running = new Watch(options, certificates).run(closing.signal);
  return {
    certificates,
    close: async () => {
      closing.abort();
      await running;
    },
  };
}

class Watch<Files extends TlsFiles> {
  #problem = '';
  #warnAtMs = 0;

  constructor(
    private readonly options: WatchOptions<Files>,
    private readonly certificates: Certificates<Files>,
  ) {}

  async run(closing: AbortSignal): Promise<void> {
    const { clock, everyMs } = this.options;
    for (;;) {
      this.#warnOfEnd();
      try {
        await clock.sleep(everyMs, closing);
      } catch {
        return;
      }
      await this.#look();
    }
  }

  async #look(): Promise<void> {
    const { logger, what, read } = this.options;
    try {
      const files = await read();
      this.#problem = '';
      if (isSame(files, this.certificates.current)) return;
      this.certificates.replace(files);
      this.#warnAtMs = 0;
      logger.info('Certificates were replaced; new connections use them', {
        what,
        endsAt: endOf(files)?.toISOString(),
      });
    } catch (error) {
      const problem = isAppError(error) ? error.message : String(error);
      if (problem !== this.#problem)
        logger.warn('Certificate files cannot be used; those read before stay in use', { what, error });
      this.#problem = problem;
    }
  }

  #warnOfEnd(): void {
    const { logger, clock, what } = this.options;
    const { certificate } = this.certificates.current;
    if (certificate === undefined || clock.now() < this.#warnAtMs) return;
    const { validFromDate, validToDate } = leafOf(certificate);
    const leftMs = validToDate.getTime() - clock.now();
    if (leftMs > LAST_PART * (validToDate.getTime() - validFromDate.getTime())) return;
    const message = leftMs > 0 ? 'A certificate ends soon' : 'A certificate has ended: others refuse it';
    logger.warn(`${message}. Put a new one into its file; it is read without a restart`, {
      what,
      endsAt: validToDate.toISOString(),
    });
    this.#warnAtMs = clock.now() + WARN_AGAIN_MS;
  }
}

function isSame(a: TlsFiles, b: TlsFiles): boolean {
  return a.ca === b.ca && a.certificate === b.certificate && a.privateKey?.reveal() === b.privateKey?.reveal();
}

function endOf({ certificate }: TlsFiles): Date | undefined {
  return certificate === undefined ? undefined : leafOf(certificate).validToDate;
}
