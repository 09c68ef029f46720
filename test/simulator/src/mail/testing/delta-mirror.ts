import type { Json, MailClient } from './mail-client.js';

/** What a careful client knows of a mailbox after following delta: which folder holds which message, and its state. */
export class DeltaMirror {
  readonly #links = new Map<string, string>();
  readonly #folders = new Map<string, Map<string, Json>>();

  constructor(
    private readonly client: MailClient,
    private readonly pageSize: number,
    private readonly first = '',
  ) {}

  /** Follows every folder's delta to its end; duplicates are applied again, the last entry wins. */
  async follow(): Promise<void> {
    const { entries } = await this.client.all('/mailFolders/delta?includeHiddenFolders=true', 100);
    const present = entries.filter((folder) => folder['@odata.type'] === undefined).map(({ id }) => String(id));
    for (const gone of [...this.#folders.keys()].filter((id) => !present.includes(id))) this.#folders.delete(gone);
    for (const id of present) await this.#followFolder(id);
  }

  async #followFolder(id: string): Promise<void> {
    const start = `/mailFolders/${id}/messages/delta?$select=isRead,subject,changeKey${this.first}`;
    const { entries, deltaLink } = await this.client.all(this.#links.get(id) ?? start, this.pageSize);
    this.#links.set(id, deltaLink);
    const known = this.#folders.get(id) ?? new Map<string, Json>();
    this.#folders.set(id, known);
    for (const entry of entries) {
      const key = String(entry.id);
      if (entry['@removed']) known.delete(key);
      else known.set(key, { ...known.get(key), ...entry });
    }
  }

  /** `folder/message isRead` of every known message, sorted. */
  state(): string[] {
    return [...this.#folders]
      .flatMap(([folder, known]) => [...known].map(([id, { isRead }]) => `${folder}/${id} ${String(isRead)}`))
      .sort();
  }
}

/** The same of the model. */
export async function modelState(client: MailClient): Promise<string[]> {
  const entries = await client.dump();
  return entries
    .filter(({ kind }) => kind === 'message')
    .map(({ id, fields }) => `${String(fields.folderId)}/${id} ${String(fields.isRead)}`)
    .sort();
}
