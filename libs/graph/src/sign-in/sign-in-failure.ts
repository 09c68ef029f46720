import { AuthError, ServerError } from '@azure/msal-node';
import { AppError } from '@holdfast/kernel';
import { causeCode } from '../http/cause-code.js';
import { AADSTS, AADSTS_PASSING } from './aadsts.js';

/** What a refused or failed sign-in means, in words that an administrator can act on. Microsoft's text is not repeated: it names accounts. */
export function signInFailure(error: unknown): AppError {
  if (error instanceof ServerError) return refused(error);
  if (error instanceof AuthError && /discovery|network|endpoints_resolution/.test(error.errorCode)) {
    return unreachable(error);
  }
  if (error instanceof AuthError) {
    return new AppError('SIGN_IN_FAILED', `Microsoft refused the sign-in (${error.errorCode}).`, { cause: error });
  }
  return isKeyTrouble(error) ? badKey(error) : unreachable(error);
}

function refused(error: ServerError): AppError {
  const number = Number(error.errorNo ?? /AADSTS(\d+)/.exec(error.errorMessage)?.[1]);
  const status = error.status ?? 0;
  if (AADSTS_PASSING.has(number) || status === 429 || status >= 500) return unreachable(error);
  const code = Number.isNaN(number) ? error.errorCode : `AADSTS${number}`;
  const advice =
    AADSTS[number] ?? 'Look the code up at login.microsoftonline.com/error, and check the app registration.';
  return new AppError('SIGN_IN_FAILED', `Microsoft refused the sign-in (${code}). ${advice}`, {
    context: { aadsts: Number.isNaN(number) ? 0 : number },
    cause: error,
  });
}

function unreachable(cause: unknown): AppError {
  return new AppError(
    'GRAPH_UNAVAILABLE',
    'Microsoft’s sign-in could not be reached or failed. Check network, proxy and the login address of the cloud, and try again.',
    { cause },
  );
}

function isKeyTrouble(error: unknown): boolean {
  return causeCode(error).startsWith('ERR_OSSL');
}

function badKey(cause: unknown): AppError {
  return new AppError('INVALID_ARGUMENT', 'The private key has to be an unencrypted PKCS #8 key in PEM.', {
    context: { field: 'privateKeyPem' },
    cause,
  });
}
