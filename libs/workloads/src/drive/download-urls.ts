import { type GraphItem, downloadUrlOf } from './drive-schema.js';

/** More files than are read at the same time, and few enough to weigh nothing. */
const KEPT = 2_000;

/** The download addresses of the files told last. They live for minutes, so only those soon read are worth keeping. */
export class DownloadUrls {
  readonly #urls = new Map<string, string>();

  remember(item: GraphItem): void {
    const url = downloadUrlOf(item);
    this.#urls.delete(item.id);
    if (url === undefined) return;
    this.#urls.set(item.id, url);
    const [oldest] = this.#urls.keys();
    if (this.#urls.size > KEPT && oldest !== undefined) this.#urls.delete(oldest);
  }

  /** Gives the address once. */
  take(id: string): string | undefined {
    const url = this.#urls.get(id);
    this.#urls.delete(id);
    return url;
  }
}
