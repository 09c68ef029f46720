import { z } from 'zod';

const HOST = /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
const CERTIFICATE = /^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/;

/** Of a server. */
export const host = z.string().regex(HOST, 'has to be a host name or IPv4 address alone: no scheme, port or path');
/** TCP. */
export const port = z
  .int('has to be a whole number from 1 to 65535')
  .min(1, 'has to be at least 1')
  .max(65_535, 'has to be at most 65535');
/** An HTTP proxy that stands between us and a destination. */
export const proxy = z.strictObject({ host, port }).optional().describe('HTTP proxy that connections go through');
/** Text that is kept sealed; `what` says what it is. */
export const secretText = (what: string) =>
  z.string().min(1, `has to be given: ${what}`).max(4_096, 'has to be at most 4096 characters');

/** Certificates that stand beside the public ones. */
export const ca = z
  .string()
  .regex(CERTIFICATE, 'has to be certificates in PEM form (-----BEGIN CERTIFICATE-----)')
  .max(65_536, 'has to be at most 65536 characters')
  .optional()
  .describe('Certificates to trust besides the public ones, as PEM');

/** A folder of a server of files. */
export const serverPath = z
  .string()
  .max(1_024, 'has to be at most 1024 characters')
  .regex(/^\/[^\0\r\n]*[^\0\r\n/]$/, 'has to be an absolute path of a folder on the server, such as /backup/holdfast')
  .refine((path) => !path.split('/').includes('..'), 'may not contain `..`; give the path itself')
  .describe('Absolute path of an existing folder, as the account sees it');
/** An account of a server of files. */
export const user = z.string().min(1, 'has to be given').max(256, 'has to be at most 256 characters');
