import { AppError } from '@holdfast/kernel';

/** INVALID_CONFIG for an address at which a server cannot listen; for whoever set it, in which setting. */
export function addressTaken(setting: string, listen: string, cause: unknown): AppError {
  return new AppError(
    'INVALID_CONFIG',
    `${setting}: nothing can listen at ${listen}${reasonOf(cause)}. Name a host and port of this machine that are free.`,
    { context: { setting }, cause },
  );
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'EADDRINUSE') return ', since another program does';
  return code === '' ? '' : ` (${code})`;
}
