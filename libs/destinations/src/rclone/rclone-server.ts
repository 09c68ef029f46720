import { type ClientRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { type Check } from '../check-report.js';
import { type ByteRange } from '../destination.port.js';
import { folderMissing } from '../files/file-mark.js';
import { FileServer, type Naming } from '../files/file-server.port.js';
import { oneAtATime } from '../name-locks.js';
import { SharedSession } from '../shared-session.js';
import { type DestinationSurroundings } from '../surroundings.js';
import { type FileEntry } from '../walk-files.js';
import { inForm } from './in-form.js';
import { rcloneAnswerError, rcloneError } from './rclone-errors.js';
import { RcloneProcess, type RcloneRequest, remoteOf } from './rclone-process.js';
import { type RcloneCredentials, type RcloneSettings } from './rclone-settings.js';

const item = z.object({ Name: z.string(), Size: z.number(), IsDir: z.boolean(), ModTime: z.string() });
const listing = z.object({ list: z.array(item).nullable() });
const found = z.object({ item: item.nullable() });
/** What the program says of what is not there. */
const ABSENT = 404;

/**
 * A folder behind the program rclone. It knows no way to keep a name from being taken twice, so names are looked at before they are given.
 * Every request streams; where a backend has to know a length beforehand, rclone writes the sealed bytes to its temporary folder first.
 */
export class RcloneServer extends FileServer {
  readonly #session: SharedSession<RcloneProcess>;
  readonly #fs: string;

  override readonly keepsNames = false;

  constructor(
    private readonly settings: RcloneSettings,
    credentials: RcloneCredentials,
    { randomBytes, silenceMs }: Required<Pick<DestinationSurroundings, 'randomBytes' | 'silenceMs'>>,
  ) {
    super();
    this.#fs = remoteOf(settings.path);
    this.#session = new SharedSession((onLost) =>
      RcloneProcess.start(settings, credentials, { silenceMs, randomBytes, onLost }),
    );
  }

  override async entries(folder: string): Promise<readonly FileEntry[]> {
    return (await this.#list(folder)) ?? [];
  }

  override async stat(path: string): Promise<FileEntry | undefined> {
    if (path === this.settings.path) return (await this.#list(path)) && { name: '', isFolder: true, bytes: 0 };
    const one = await this.#statOf(path);
    return one && entryFrom(one);
  }

  override async modifiedAt(path: string): Promise<number | undefined> {
    const at = Date.parse((await this.#statOf(path))?.ModTime ?? '');
    return Number.isNaN(at) ? undefined : at;
  }

  /** rclone makes every parent, so it is only asked to while the root is there. */
  override async makeFolderBelow(root: string, path: string): Promise<void> {
    if (!(await this.stat(root))) throw folderMissing();
    await this.#call('operations/mkdir', { remote: this.#below(path) });
  }

  override async write(path: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    const [folder, name] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)];
    const form = inForm(name, body);
    const query = new URLSearchParams({ fs: this.#fs, remote: this.#below(folder) });
    await this.#ask(
      { method: 'POST', path: `/operations/uploadfile?${query.toString()}`, headers: form.headers },
      (request) => pipeline(Readable.from(form.body, { objectMode: false }), request),
    );
  }

  override async read(path: string, { offset, length }: ByteRange): Promise<Readable> {
    const process = await this.#session.borrow().catch((thrown: unknown) => {
      throw rcloneError(thrown);
    });
    try {
      const range = `bytes=${offset}-${offset + length - 1}`;
      const at = `/${encodeURIComponent(`[${this.#fs}]`)}/${this.#below(path).split('/').map(encodeURIComponent).join('/')}`;
      const answer = await process.request({ method: 'GET', path: at, headers: { range } }, endOf);
      if (answer.statusCode !== 206 && answer.statusCode !== 200) throw await refusal(answer);
      const stream = Readable.from(stretch(answer, answer.statusCode === 206 ? 0 : offset, length), {
        objectMode: false,
      });
      stream.once('close', () => {
        answer.destroy();
        this.#session.giveBack();
      });
      return stream;
    } catch (thrown) {
      this.#session.giveBack();
      throw rcloneError(thrown);
    }
  }

  override nameOnce(from: string, to: string): Promise<Naming> {
    return oneAtATime(`rclone ${this.settings.backend} ${to}`, async () => {
      if (await this.#statOf(to)) return 'taken';
      await this.#move(from, to);
      return 'named';
    });
  }

  override async replace(from: string, to: string): Promise<void> {
    // rclone takes two files of one length and time for the same; so there is a moment in which nothing bears the name.
    await this.remove(to);
    await this.#move(from, to);
  }

  override async remove(path: string): Promise<boolean> {
    return (await this.#call('operations/deletefile', { remote: this.#below(path) })) !== undefined;
  }

  override async removeFolder(path: string): Promise<void> {
    await this.#call('operations/rmdir', { remote: this.#below(path) });
  }

  override connectionChecks(): readonly Check[] {
    return [
      {
        step: 'connection',
        run: async () => {
          await this.#session.use(async () => undefined);
          return 'The program rclone runs.';
        },
      },
      {
        step: 'credential',
        run: async () => {
          await this.#list(this.settings.path);
          return 'rclone knows the backend, and its options are accepted.';
        },
      },
    ];
  }

  async #list(folder: string): Promise<readonly FileEntry[] | undefined> {
    const options = { noMimeType: true, noModTime: true };
    const answer = await this.#call('operations/list', { remote: this.#below(folder), opt: options });
    return answer === undefined ? undefined : (listing.parse(answer).list ?? []).map(entryFrom);
  }

  async #statOf(path: string): Promise<z.infer<typeof item> | undefined> {
    const answer = await this.#call('operations/stat', { remote: this.#below(path) });
    return answer === undefined ? undefined : (found.parse(answer).item ?? undefined);
  }

  async #move(from: string, to: string): Promise<void> {
    const [srcRemote, dstRemote] = [this.#below(from), this.#below(to)];
    const moved = await this.#call('operations/movefile', { srcFs: this.#fs, srcRemote, dstFs: this.#fs, dstRemote });
    if (moved === undefined) throw rcloneAnswerError(ABSENT, '');
  }

  /** A call of rclone's remote control; undefined where what it names is absent. https://rclone.org/rc/ */
  async #call(name: string, parameters: object): Promise<unknown> {
    const json = JSON.stringify({ fs: this.#fs, ...parameters });
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) };
    return this.#ask({ method: 'POST', path: `/${name}`, headers }, async (request) => {
      request.end(json);
    });
  }

  async #ask(options: RcloneRequest, send: (request: ClientRequest) => Promise<void>): Promise<unknown> {
    try {
      return await this.#session.use(async (process) => {
        const answer = await process.request(options, send);
        if (answer.statusCode === ABSENT) {
          answer.resume();
          return undefined;
        }
        if (answer.statusCode !== 200) throw await refusal(answer);
        return JSON.parse(await text(answer)) as unknown;
      });
    } catch (thrown) {
      throw rcloneError(thrown);
    }
  }

  /** A path as rclone names it, below the folder of the settings. */
  #below(path: string): string {
    return path.slice(this.settings.path.length + 1);
  }
}

function entryFrom({ Name: name, IsDir: isFolder, Size: size }: z.infer<typeof item>): FileEntry {
  return { name, isFolder, bytes: isFolder ? 0 : size };
}

async function endOf(request: ClientRequest): Promise<void> {
  request.end();
}

async function refusal(answer: IncomingMessage) {
  return rcloneAnswerError(answer.statusCode ?? 0, await text(answer));
}

/** The bytes asked for, of an answer that begins `skipped` bytes earlier; fails where it ends before them. */
async function* stretch(
  answer: IncomingMessage,
  skipped: number,
  length: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let [before, left] = [skipped, length];
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      const wanted = piece.subarray(before, before + left);
      before = Math.max(0, before - piece.byteLength);
      left -= wanted.byteLength;
      if (wanted.byteLength > 0) yield wanted;
      if (left === 0) return;
    }
  } catch (thrown) {
    throw rcloneError(thrown);
  }
  throw rcloneError(new Error('the file ends before its length'));
}
