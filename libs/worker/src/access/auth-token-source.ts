import type { Token, TokenServiceController } from '@holdfast/contracts/auth/v1';
import { TokenSource } from '@holdfast/graph';
import type { Clock } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import type { LiveGrant } from '../task/held-task.js';

/** Asked for again this long before it ends. */
const RENEW_BEFORE_MS = 3 * 60_000;

/** Tokens from auth, for as long as the grant lives. */
export class AuthTokenSource extends TokenSource {
  readonly #auth: GrpcClient<TokenServiceController>;
  #kept: Token | undefined;
  #coming: Promise<Token> | undefined;
  #refused = '';

  constructor(
    auth: GrpcConnection,
    private readonly held: LiveGrant,
    private readonly clock: Clock,
  ) {
    super();
    this.#auth = auth.client<TokenServiceController>('TokenService', { repeatable: ['getToken'] });
  }

  override async getToken(): Promise<string> {
    return (await this.get()).token;
  }

  /** The token with the addresses of its cloud. */
  async get(): Promise<Token> {
    if (this.#kept && this.#kept.expiresAtMs - RENEW_BEFORE_MS > this.clock.now()) return this.#kept;
    this.#coming ??= this.#auth
      .getToken({ grant: this.held.grant, refusedToken: this.#refused })
      .finally(() => (this.#coming = undefined));
    this.#kept = await this.#coming;
    return this.#kept;
  }

  override invalidate(token: string): void {
    if (this.#kept?.token !== token) return;
    this.#refused = token;
    this.#kept = undefined;
  }
}
