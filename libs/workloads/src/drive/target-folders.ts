import { type GraphClient, isAnswerLost, parseAnswer } from '@holdfast/graph';
import { AppError, isAppError } from '@holdfast/kernel';
import { z } from 'zod';
import type { FolderStep, LiveItem } from '../writer.port.js';
import { driveDemand, type DrivePaths } from './drive-paths.js';

/** A notebook is a package, in which its sections lie as in a folder. */
const folderSchema = z.object({
  id: z.string().min(1),
  folder: z.looseObject({}).nullish(),
  package: z.looseObject({}).nullish(),
});
const TRIES = 3;
/** How many folders are remembered; one that was forgotten costs a request. */
const KEPT = 10_000;

/** What stands in a place: names of files and folders are one. */
type Occupant = 'nothing' | 'no folder' | { readonly id: string };

/** The folders of a drive that is restored into, by their way from the root. Names compare as the service compares them. */
export class TargetFolders {
  readonly #ids = new Map<string, string>();
  #rootId: string | undefined;

  constructor(
    private readonly client: GraphClient,
    private readonly paths: DrivePaths,
  ) {}

  async find(way: readonly FolderStep[], signal: AbortSignal): Promise<string | undefined> {
    let at = await this.#root(signal);
    for (const step of way) {
      const found = await this.#child(at, step.name, signal);
      if (typeof found === 'string') return undefined;
      at = found.id;
    }
    return at;
  }

  async ensure(way: readonly FolderStep[], signal: AbortSignal): Promise<string> {
    let at = await this.#root(signal);
    for (const step of way) at = (await this.#folder(at, step.name, signal)) ?? (await this.#create(at, step, signal));
    return at;
  }

  /** Undefined where the place is free. */
  async #folder(parentId: string, name: string, signal: AbortSignal): Promise<string | undefined> {
    const found = await this.#child(parentId, name, signal);
    if (found === 'nothing') return undefined;
    if (found !== 'no folder') return found.id;
    throw new AppError(
      'CONFLICT',
      'Something else stands where the folder was, so neither it nor what lies in it was restored. Move that, or restore into another folder.',
      { context: { parentId } },
    );
  }

  /** A folder got another place or name. */
  note({ id, record: { parentId, name } }: LiveItem): void {
    for (const [place, known] of this.#ids) if (known === id) this.#ids.delete(place);
    if (parentId !== undefined) this.#keep(parentId, name, id);
  }

  async #root(signal: AbortSignal): Promise<string> {
    this.#rootId ??= (await this.#get(`${this.paths.root}?$select=id`, signal)).id;
    return this.#rootId;
  }

  async #child(parentId: string, name: string, signal: AbortSignal): Promise<Occupant> {
    const kept = this.#ids.get(key(parentId, name));
    if (kept !== undefined) return { id: kept };
    try {
      const path = `${this.paths.child(parentId, name)}?$select=id,folder,package`;
      const found = await this.#get(path, signal);
      return found.folder || found.package ? { id: this.#keep(parentId, name, found.id) } : 'no folder';
    } catch (error) {
      if (isAppError(error, 'GRAPH_NOT_FOUND')) return 'nothing';
      throw error;
    }
  }

  /** A folder that somebody else made meanwhile, or that a broken answer hides, is found on the next look. */
  async #create(parentId: string, step: FolderStep, signal: AbortSignal): Promise<string> {
    for (let tried = 1; ; tried += 1) {
      try {
        return this.#keep(parentId, step.name, await this.#post(parentId, step, signal));
      } catch (error) {
        if (!(isAppError(error, 'ALREADY_EXISTS') || isAnswerLost(error))) throw error;
        const found = await this.#folder(parentId, step.name, signal);
        if (found !== undefined) return found;
        if (tried === TRIES) throw error;
      }
    }
  }

  async #post(parentId: string, { name, record }: FolderStep, signal: AbortSignal): Promise<string> {
    const times = record?.properties['fileSystemInfo'];
    const description = record?.properties['description'];
    const json = {
      name,
      folder: {},
      '@microsoft.graph.conflictBehavior': 'fail',
      ...(times === undefined ? {} : { fileSystemInfo: times }),
      ...(description === undefined ? {} : { description }),
    };
    const request = {
      method: 'POST',
      path: `${this.paths.item(parentId)}/children`,
      demand: driveDemand('write'),
      json,
    } as const;
    return parseAnswer(folderSchema, await this.client.json(request, signal)).id;
  }

  async #get(path: string, signal: AbortSignal): Promise<z.output<typeof folderSchema>> {
    return parseAnswer(folderSchema, await this.client.json({ path, demand: driveDemand('get') }, signal));
  }

  #keep(parentId: string, name: string, id: string): string {
    if (this.#ids.size >= KEPT) this.#ids.clear();
    this.#ids.set(key(parentId, name), id);
    return id;
  }
}

function key(parentId: string, name: string): string {
  return `${parentId}/${name.toLowerCase()}`;
}
