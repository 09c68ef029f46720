import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

/**
 * What a TLS connection trusts when the settings name certificates (PEM) besides the public ones; nothing where they name none, which is
 * Node's own trust. Reading all the public certificates takes a core some tens of milliseconds: made once for many connections.
 */
export function trustOf({ ca }: { readonly ca?: string | undefined }): { readonly secureContext?: SecureContext } {
  if (ca === undefined) return {};
  return { secureContext: createSecureContext({ ca: [...getCACertificates('default'), ca] }) };
}
