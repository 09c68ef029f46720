import type { DriveItem } from '@microsoft/microsoft-graph-types';
import type { Drive } from '../model/drive.js';
import type { TenantUnderTest } from './tenant-under-test.js';

/** What a careful client knows of a drive: every item by id, as the last answer told of it. */
export class DeltaReader {
  readonly items = new Map<string, DriveItem>();
  /** Answers of the last round, by number of items. */
  pages: number[] = [];
  #link: string;

  constructor(
    private readonly test: TenantUnderTest,
    options = '',
  ) {
    this.#link = `/users/${test.ada.id}/drive/root/delta?${options}`;
  }

  /** Follows the links to the end of a round; `between` runs after each page. Starts anew after a 410. */
  async round(
    between: () => Promise<void> | void = () => undefined,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    this.pages = [];
    for (;;) {
      const { status, json, headers: answered } = await this.test.get(this.#link, headers);
      if (status === 410) {
        this.items.clear();
        this.#link = answered.Location ?? '';
        continue;
      }
      if (status !== 200) throw new Error(`delta answered ${status}`);
      const value = json.value as DriveItem[];
      this.pages.push(value.length);
      for (const item of value) this.#take(item);
      this.#link = String(json['@odata.nextLink'] ?? json['@odata.deltaLink']);
      if ('@odata.deltaLink' in json) break;
      await between();
    }
    this.#dropOrphans();
  }

  /** Path → eTag, hash and size, as folded. */
  tree(): Map<string, string> {
    return new Map([...this.items.values()].filter((item) => !item.root).map((item) => [this.#path(item), told(item)]));
  }

  #take(item: DriveItem): void {
    if (item.deleted) this.items.delete(item.id ?? '');
    else this.items.set(item.id ?? '', item);
  }

  /** What was below a deleted folder went with it, whether it was listed or not. */
  #dropOrphans(): void {
    const isOrphan = (item: DriveItem) => !item.root && !this.items.has(item.parentReference?.id ?? '');
    for (
      let orphans = [...this.items.values()].filter(isOrphan);
      orphans.length > 0;
      orphans = [...this.items.values()].filter(isOrphan)
    ) {
      for (const { id } of orphans) this.items.delete(id ?? '');
    }
  }

  #path(item: DriveItem): string {
    const parent = this.items.get(item.parentReference?.id ?? '');
    return parent && !parent.root ? `${this.#path(parent)}/${item.name}` : (item.name ?? '');
  }
}

function told({ eTag, file, size }: DriveItem): string {
  return [eTag, file?.hashes?.quickXorHash, file ? size : 'not a file'].join(' ');
}

/** The same out of the model. */
export async function modelTree(test: TenantUnderTest, drive: Drive): Promise<Map<string, string>> {
  const tree = new Map<string, string>();
  for (const node of drive.items()) {
    const { json } = await test.get(`/drives/${drive.id}/items/${node.id}`);
    tree.set(drive.pathOf(node).join('/'), told(json));
  }
  return tree;
}
