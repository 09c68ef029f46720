/** Gives the bearer token of one tenant and app. Where it comes from (a secret, the auth service) is its own affair. */
export abstract class TokenSource {
  /** A token that lives for some minutes more. Called before every request, so it has to be kept by the source. */
  abstract getToken(signal?: AbortSignal): Promise<string>;
  /** Microsoft refused this token: the next call gives another one. */
  abstract invalidate(token: string): void;
}
