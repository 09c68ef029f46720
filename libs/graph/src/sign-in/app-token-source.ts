import type { Clock } from '@holdfast/kernel';
import { TokenSource } from '../token-source.port.js';
import type { AppToken } from './acquire-app-token.js';

/** How long before its end a token is replaced. */
const RENEW_BEFORE_MS = 5 * 60_000;

/** Keeps one app's token and asks for another before it ends; concurrent callers share one request. */
export class AppTokenSource extends TokenSource {
  #kept: AppToken | undefined;
  #coming: Promise<AppToken> | undefined;

  constructor(
    private readonly acquire: () => Promise<AppToken>,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async getToken(): Promise<string> {
    if (this.#kept !== undefined && this.#kept.expiresAt - RENEW_BEFORE_MS > this.clock.now()) return this.#kept.token;
    this.#coming ??= this.acquire().finally(() => (this.#coming = undefined));
    this.#kept = await this.#coming;
    return this.#kept.token;
  }

  override invalidate(token: string): void {
    if (this.#kept?.token === token) this.#kept = undefined;
  }
}
