import {
  DRIVE_FRAGMENT_BYTES,
  type GraphClient,
  GraphFailure,
  isAnswerLost,
  parseAnswer,
  QuickXorHash,
  unexpectedAnswer,
  upload,
} from '@holdfast/graph';
import { AppError, isAppError } from '@holdfast/kernel';
import { z } from 'zod';
import type { LiveItem, RestoreItem } from '../writer.port.js';
import { recordHash } from './item-record.js';
import { ifMatch, type LiveDrive, liveItem } from './live-drive.js';

const sessionSchema = z.object({ uploadUrl: z.string().min(1) });
const TRIES = 3;

/** Where an upload goes: a free name in a folder, or over a live item in the state that was seen. */
interface Aim {
  /** The place itself, or a call on it. */
  readonly path: (suffix: string) => string;
  readonly conflict: 'fail' | 'replace';
  /** What is written over. */
  readonly live?: LiveItem;
}

/** Brings contents of files into a drive: each one whole, once, and over nobody's words that were not seen. */
export class FileUploads {
  constructor(
    private readonly client: GraphClient,
    private readonly drive: LiveDrive,
  ) {}

  /** ALREADY_EXISTS where the name is taken. */
  create(item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    const path = (suffix: string) => this.drive.paths.child(item.folderId, item.name, suffix);
    return this.#store(item, { path, conflict: 'fail' }, signal);
  }

  /** CONFLICT where the live file is not as it was seen any more. Its name and place stay. */
  overwrite(live: LiveItem, item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    const path = (suffix: string) => `${this.drive.paths.item(live.id)}${suffix}`;
    return this.#store(item, { path, conflict: 'replace', live }, signal);
  }

  /** An upload whose session or answer was lost, or that a repeat found done, is looked for before it is begun again. */
  async #store(item: RestoreItem, aim: Aim, signal: AbortSignal): Promise<LiveItem> {
    for (let tried = 1; ; tried += 1) {
      try {
        return item.record.bytes === 0
          ? await this.#putEmpty(item, aim, signal)
          : await this.#upload(item, aim, signal);
      } catch (error) {
        const mayHavePassed = isAnswerLost(error) || hasSessionEnded(error) || isAppError(error, 'CONFLICT');
        if (!mayHavePassed || tried === TRIES) throw error;
        const made = await this.drive.find(aim.path(''), signal);
        if (made && (await this.drive.hasContentOf(made, item, signal))) return this.drive.place(made, item, signal);
      }
    }
  }

  async #upload(item: RestoreItem, aim: Aim, signal: AbortSignal): Promise<LiveItem> {
    const { bytes, properties } = item.record;
    const about = {
      '@microsoft.graph.conflictBehavior': aim.conflict,
      name: item.name,
      fileSize: bytes,
      ...pick(properties, 'fileSystemInfo', 'description'),
    };
    const request = {
      method: 'POST',
      path: aim.path('/createUploadSession'),
      headers: headersOf(aim),
      json: { item: about },
    } as const;
    const { uploadUrl } = parseAnswer(
      sessionSchema,
      await this.drive.write({ ...request, isRepeatable: true }, signal),
    );
    const sent = new QuickXorHash();
    const end = await upload(
      this.client,
      {
        url: uploadUrl,
        bytes,
        content: hashed(item.content(), sent),
        fragmentBytes: DRIVE_FRAGMENT_BYTES,
        demand: { bucket: 'sharepoint', cost: 0 },
        beforeLast: () => this.#refuseIfChanged(aim, signal),
      },
      signal,
    );
    return verified(liveItem(end.item), sent.digest(), bytes);
  }

  /** The condition of a session holds when it is opened, and a large file takes its time: what its owner wrote meanwhile stays. */
  async #refuseIfChanged({ live, path }: Aim, signal: AbortSignal): Promise<void> {
    if (!live) return;
    const now = await this.drive.find(path(''), signal);
    if (now && (now.record.changeTag === live.record.changeTag || hasSameWords(now.record, live.record))) return;
    throw new AppError(
      'CONFLICT',
      'The file was changed while the restore was sending its content, so it was left alone. Make a new plan to see how it stands.',
      { context: { liveId: live.id } },
    );
  }

  /** An upload session needs a byte; an empty file is put at once, and gets its times afterwards. */
  async #putEmpty(item: RestoreItem, aim: Aim, signal: AbortSignal): Promise<LiveItem> {
    const path = `${aim.path('/content')}?@microsoft.graph.conflictBehavior=${aim.conflict}`;
    const bytes = { type: 'application/octet-stream', content: new Uint8Array(0) };
    const made = liveItem(await this.drive.write({ method: 'PUT', path, headers: headersOf(aim), bytes }, signal));
    const json = pick(item.record.properties, 'fileSystemInfo', 'description');
    if (Object.keys(json).length === 0) return made;
    return liveItem(await this.drive.write({ method: 'PATCH', path: this.drive.paths.item(made.id), json }, signal));
  }
}

const headersOf = ({ live }: Aim) => (live ? ifMatch(live) : {});

/** No page of Microsoft's says that a session leaves the eTag of what it is to write over as it is: so the content decides then. */
function hasSameWords(now: LiveItem['record'], seen: LiveItem['record']): boolean {
  const isInPlace = now.parentId === seen.parentId && now.name === seen.name;
  return isInPlace && seen.contentTag !== undefined && now.contentTag === seen.contentTag;
}

/** The upload's session is gone, or its address has run out. */
function hasSessionEnded(error: unknown): boolean {
  return isAppError(error, 'GRAPH_NOT_FOUND') || (error instanceof GraphFailure && error.status === 401);
}

/** The service's hash may be missing right after a write; its length never is. */
function verified(live: LiveItem, sentHash: string, sentBytes: number): LiveItem {
  const hash = recordHash(live.record);
  if (live.record.bytes === sentBytes && (hash === undefined || hash === sentHash)) return live;
  throw unexpectedAnswer('a stored file has the length and hash of what was sent');
}

async function* hashed(content: AsyncIterable<Uint8Array>, hash: QuickXorHash): AsyncGenerator<Uint8Array> {
  for await (const piece of content) {
    hash.update(piece);
    yield piece;
  }
}

function pick(properties: Readonly<Record<string, unknown>>, ...names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.filter((name) => properties[name] !== undefined).map((name) => [name, properties[name]]),
  );
}
