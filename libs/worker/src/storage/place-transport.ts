import type { Place } from '@holdfast/contracts/storage/v1';
import { AppError } from '@holdfast/kernel';
import { carried, inRequestSpan, serviceAgent, type Certificates } from '@holdfast/platform';
import { Agent, request, type Dispatcher } from 'undici';

const STORED = new Set([200, 201, 204]);
/** As long as a place is valid: storage takes a pack no faster than a destination's limit of bandwidth allows. */
const PUT_ANSWER_MS = 10 * 60 * 1000;

/** Carries sealed bytes to and from the places that storage names. Unix sockets stand in a URL as http+unix://PATH. */
export class PlaceTransport {
  readonly #plain: Dispatcher = new Agent({ connections: 16 });
  readonly #storage: Dispatcher;
  readonly #sockets = new Map<string, Dispatcher>();

  /** With the service's own certificate, which it shows to storage; without one where both are in one process. */
  constructor(certificates?: Certificates) {
    this.#storage = certificates ? serviceAgent('storage', certificates) : this.#plain;
  }

  /** One PUT of exactly these bytes. An object of that name that is there already is as good as ours: names are hashes. */
  async put(place: Place, bytes: Uint8Array): Promise<void> {
    const { url, dispatcher } = this.#target(place);
    const { statusCode, body } = await inSpanOf(place, place.method, (headers) =>
      request(url, { method: place.method, headers, body: bytes, dispatcher, headersTimeout: PUT_ANSWER_MS }),
    ).catch((cause: unknown) => {
      throw unreachable(place, cause);
    });
    await body.dump();
    if (STORED.has(statusCode) || statusCode === 412) return;
    throw refused(place, statusCode, 'write');
  }

  /** Exactly `length` bytes from `offset`. */
  async getRange(place: Place, offset: number, length: number): Promise<Uint8Array> {
    const { url, dispatcher } = this.#target(place);
    const range = `bytes=${offset}-${offset + length - 1}`;
    try {
      const { statusCode, body } = await inSpanOf(place, 'GET', (headers) =>
        request(url, { headers: { ...headers, range }, dispatcher }),
      );
      if (statusCode !== 206 && statusCode !== 200) {
        await body.dump();
        throw refused(place, statusCode, 'read');
      }
      const bytes = new Uint8Array(await body.arrayBuffer());
      const wanted = statusCode === 200 ? bytes.subarray(offset, offset + length) : bytes;
      if (wanted.length === length) return wanted;
      throw cutShort(place);
    } catch (error) {
      throw error instanceof AppError ? error : unreachable(place, error);
    }
  }

  async close(): Promise<void> {
    const dispatchers = new Set([this.#plain, this.#storage, ...this.#sockets.values()]);
    await Promise.all([...dispatchers].map((dispatcher) => dispatcher.close()));
  }

  #target(place: Place): { readonly url: string; readonly dispatcher: Dispatcher } {
    const [, socket, path] = /^http\+unix:\/\/([^/]+)(\/.*)$/.exec(place.url) ?? [];
    if (socket === undefined || path === undefined)
      return { url: place.url, dispatcher: place.isAtStorage ? this.#storage : this.#plain };
    const socketPath = decodeURIComponent(socket);
    const dispatcher = this.#sockets.get(socketPath) ?? new Agent({ connections: 16, connect: { socketPath } });
    this.#sockets.set(socketPath, dispatcher);
    return { url: `http://localhost${path}`, dispatcher };
  }
}

/** The trace goes along to storage itself, and to nobody outside. */
function inSpanOf(
  { destinationId, headers, isAtStorage }: Place,
  method: string,
  send: (headers: Record<string, string>) => Promise<Dispatcher.ResponseData>,
): Promise<Dispatcher.ResponseData> {
  const attributes = { 'holdfast.destination.id': destinationId };
  return inRequestSpan(
    { method, template: '{object}', attributes },
    () => send(isAtStorage ? { ...headers, ...carried() } : headers),
    ({ statusCode }) => statusCode,
  );
}

/** The pack was cut: nobody asks for more of it than was written. */
function cutShort({ destinationId }: Place): AppError {
  const words = `Destination ${destinationId} holds less of a pack than was written. A deep check mends what another place still has.`;
  return new AppError('CHUNK_CORRUPT', words, { context: { destinationId } });
}

function unreachable({ destinationId }: Place, cause: unknown): AppError {
  return new AppError('STORE_UNAVAILABLE', `Destination ${destinationId} could not be reached. It is tried again.`, {
    context: { destinationId },
    cause,
  });
}

function refused(place: Place, status: number, verb: string): AppError {
  const { destinationId } = place;
  if (status === 416) return cutShort(place);
  const context = { status, destinationId };
  const it = `Destination ${destinationId}`;
  if (status === 404) return new AppError('OBJECT_NOT_FOUND', `${it} does not hold the pack.`, { context });
  if (status === 507 || status === 413)
    return new AppError('STORE_FULL', `${it} has no room left. Free space or raise its quota.`, { context });
  if (status === 401 || status === 403)
    return new AppError('STORE_DENIED', `${it} refused to let us ${verb}.`, { context });
  if (status >= 500 || status === 429)
    return new AppError('STORE_UNAVAILABLE', `${it} failed. It is tried again.`, { context });
  return new AppError('STORE_REJECTED', `${it} refused a ${verb} with status ${status}.`, { context });
}
