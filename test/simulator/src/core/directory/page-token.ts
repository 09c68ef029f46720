import { ApiError } from '../api-error.js';

/** An opaque link token: JSON in base64url. What it says is nobody's business but the simulator's. */
export function encodeToken(state: Readonly<Record<string, string | number | boolean | null>>): string {
  return Buffer.from(JSON.stringify(state)).toString('base64url');
}

/** The state of a token made by {@link encodeToken}; 400 for anything else. */
export function decodeToken(token: string): Readonly<Record<string, unknown>> {
  try {
    const state: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (typeof state === 'object' && state !== null) return { ...state };
  } catch {
    // falls through to the refusal
  }
  throw new ApiError(400, 'BadRequest', 'Badly formed token.');
}
