/** The code that Node, undici or OpenSSL gave a failed call; empty when there is none. */
export function causeCode(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}
