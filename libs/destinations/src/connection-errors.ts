import { AppError, type ErrorCode } from '@holdfast/kernel';
import { systemCode } from './system-code.js';

/** Node's words for connections that fail. */
const BY_SYSTEM: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOTFOUND: [
    'STORE_UNAVAILABLE',
    'The host name of the destination is not known. Correct it, or check the name service of this machine.',
  ],
  EAI_AGAIN: [
    'STORE_UNAVAILABLE',
    'The name service of this machine does not answer, so the destination cannot be found.',
  ],
  ECONNREFUSED: [
    'STORE_UNAVAILABLE',
    'Nothing listens at the host and port of the destination. Correct the port, or start the service.',
  ],
  EHOSTUNREACH: ['STORE_UNAVAILABLE', 'The destination cannot be reached from this network. Check route and firewall.'],
  ENETUNREACH: ['STORE_UNAVAILABLE', 'The destination cannot be reached from this network. Check route and firewall.'],
  ETIMEDOUT: ['STORE_UNAVAILABLE', 'The destination does not answer. Check host, port and firewall.'],
  ERR_SSL_WRONG_VERSION_NUMBER: [
    'STORE_REJECTED',
    'The destination does not speak TLS at that port. Turn TLS off, or enter its TLS port.',
  ],
  EPROTO: ['STORE_REJECTED', 'The destination does not speak TLS at that port. Turn TLS off, or enter its TLS port.'],
  HPE_INVALID_CONSTANT: [
    'STORE_REJECTED',
    'What answers at that port does not speak HTTP. Correct the port, or turn TLS on.',
  ],
  CERT_HAS_EXPIRED: ['STORE_REJECTED', "The destination's certificate has expired. Have it renewed."],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'STORE_REJECTED',
    "The destination's certificate is for another host name. Enter the name that it bears.",
  ],
};

const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Names a connection that failed, by Node's word for it; undefined for anything else. */
export function connectionError(thrown: unknown): AppError | undefined {
  const code = systemCode(thrown) ?? '';
  const known = BY_SYSTEM[code];
  if (known) return new AppError(known[0], known[1], { cause: thrown, context: { systemCode: code } });
  if (!UNTRUSTED.has(code)) return undefined;
  return new AppError(
    'STORE_REJECTED',
    "The destination's certificate is not trusted. Add the certificate of its authority to the settings.",
    { cause: thrown },
  );
}
