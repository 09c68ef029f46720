import { type Configuration, ConfidentialClientApplication } from '@azure/msal-node';
import { AppError, type Clock, isAppError } from '@holdfast/kernel';
import type { CloudSettings } from '../cloud.js';
import { GraphFailure } from '../graph-failure.js';
import { brokenAnswer } from '../http/error-body.js';
import type { Transport } from '../http/transport.js';
import { type AppCredential, thumbprintSha256 } from './app-credential.js';
import { msalNetwork } from './msal-network.js';
import { signInFailure } from './sign-in-failure.js';
import { rolesOf } from './token-roles.js';

/** A customer's directory and the app registration that works in it. */
export interface AppIdentity {
  /** Microsoft's id of the directory (a GUID) or one of its verified domains. */
  readonly directoryId: string;
  readonly clientId: string;
}

export interface AppToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Names of the application permissions that were consented to; empty before any consent. */
  readonly roles: readonly string[];
}

export interface SignInPlace {
  readonly cloud: CloudSettings;
  readonly transport: Transport;
  readonly clock: Clock;
}

/** A person may wait for the answer: several troubles in a row pass within five seconds, and what takes longer is told. */
const TRIES = 6;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 1_000;

/**
 * Signs the app in at its customer's directory, trying again what may pass. Keeps nothing: caching is the caller's. Failures are
 * SIGN_IN_FAILED or GRAPH_UNAVAILABLE.
 */
export async function acquireAppToken(
  place: SignInPlace,
  identity: AppIdentity,
  credential: AppCredential,
  signal?: AbortSignal,
): Promise<AppToken> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await signIn(place, identity, credential, signal);
    } catch (error) {
      if (!mayPass(error) || tried === TRIES) throw error;
      await place.clock.sleep(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tried - 1)), signal);
    }
  }
}

function mayPass(error: unknown): boolean {
  return isAppError(error, 'GRAPH_UNAVAILABLE') && !(error instanceof GraphFailure && error.patience === 'none');
}

async function signIn(
  place: SignInPlace,
  identity: AppIdentity,
  credential: AppCredential,
  signal: AbortSignal | undefined,
): Promise<AppToken> {
  const login = new URL(place.cloud.loginBaseUrl);
  let broken: GraphFailure | undefined;
  const app = new ConfidentialClientApplication({
    auth: {
      clientId: identity.clientId,
      authority: `${login.origin}/${encodeURIComponent(identity.directoryId)}`,
      knownAuthorities: [login.host],
      ...proof(credential),
    },
    system: { networkClient: msalNetwork(place.transport, signal, (cause) => (broken = brokenAnswer(cause))) },
  });
  const resource = place.cloud.graphResource ?? new URL(place.cloud.graphBaseUrl).origin;
  const scopes = [`${resource}/.default`];
  const result = await app.acquireTokenByClientCredential({ scopes }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw broken ?? signInFailure(error);
  });
  if (result?.expiresOn == null) throw new AppError('GRAPH_UNEXPECTED', 'The sign-in gave no token with an expiry.');
  return { token: result.accessToken, expiresAt: result.expiresOn.getTime(), roles: rolesOf(result.accessToken) };
}

function proof(credential: AppCredential): Pick<Configuration['auth'], 'clientSecret' | 'clientCertificate'> {
  if (credential.kind === 'secret') return { clientSecret: credential.secret };
  return {
    clientCertificate: {
      privateKey: credential.privateKeyPem,
      thumbprintSha256: thumbprintSha256(credential.certificatePem),
    },
  };
}
