import { AppError } from '@holdfast/kernel';
import { type Dispatcher, request } from 'undici';
import { ExportSource, type ExportFile } from '../../app/export-source.port.js';

/** Exports over HTTP from restore, with the services' own certificates where it stands in another process. */
export class HttpExportSource extends ExportSource {
  constructor(
    private readonly baseUrl: string,
    private readonly dispatcher: Dispatcher | undefined,
  ) {
    super();
  }

  override async open(path: string, signal: AbortSignal): Promise<ExportFile> {
    const url = new URL(path, this.baseUrl);
    if (url.origin !== new URL(this.baseUrl).origin) throw new Error('an export has to lie at restore itself');
    const { statusCode, headers, body } = await this.#get(url, signal);
    if (statusCode === 200)
      return {
        contentType: text(headers['content-type']) ?? 'application/octet-stream',
        contentDisposition: text(headers['content-disposition']) ?? 'attachment',
        body,
      };
    await body.dump();
    if (statusCode === 404 || statusCode === 410)
      throw new AppError('NOT_FOUND', 'The export was downloaded, or its time is over. Make a new one.');
    throw unavailable(new Error(`restore answered ${statusCode}`));
  }

  async #get(url: URL, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    try {
      // The first byte may take long, since restore reads the vault; the body may pause while it reads on.
      const patience = { headersTimeout: 120_000, bodyTimeout: 300_000 };
      return await request(url, { signal, ...patience, ...(this.dispatcher && { dispatcher: this.dispatcher }) });
    } catch (cause) {
      throw unavailable(cause);
    }
  }
}

function unavailable(cause: unknown): AppError {
  return new AppError('DEPENDENCY_UNAVAILABLE', 'The export could not be fetched. Try again later.', { cause });
}

function text(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
