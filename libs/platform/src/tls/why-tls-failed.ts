import { isError } from '../logging/is-error.js';

const MAX_CAUSES = 5;

/** What libraries and servers say when a certificate does not please, and what that means for a person. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  // Their word on ours comes first: an alert quotes the same words as our own check.
  [
    /alert certificate expired|ALERT_CERTIFICATE_EXPIRED/i,
    'It refused our certificate, which has ended. Put a new one into the file; it is read without a restart.',
  ],
  [
    /alert|valid client certificate|certificate authentication failed/i,
    'It refused our certificate. Show one that it asks for: of an authority that it believes in, and with the name that it knows us by.',
  ],
  [/expired|CERT_HAS_EXPIRED/i, 'Its certificate has ended. Have its authority issue a new one.'],
  [/not yet valid|CERT_NOT_YET_VALID/i, 'Its certificate is not valid yet. Check the clocks of both machines.'],
  [
    /altname|ALTNAME/i,
    'Its certificate names another server than the one that is meant. Correct the address, or have its certificate name it.',
  ],
  [
    /self[- ]signed|unable to (?:verify|get)|UNABLE_TO|SELF_SIGNED|signature failure|SIGNATURE_FAILURE/i,
    'Its certificate is of an authority that is not among ours. Add that authority to the file of authorities, or have its certificate issued by one of them.',
  ],
  [
    /does not support (?:SSL|'?tls)|wrong version number|WRONG_VERSION/i,
    'It answers without TLS where TLS is asked for. Turn TLS on there.',
  ],
];

/**
 * Why TLS with another side failed and what to do, where an error or one of its causes tells; undefined for any other failure. What
 * a server thinks of our certificate is told by most, not by all: some just hang up.
 */
export function whyTlsFailed(error: unknown): string | undefined {
  let cause = error;
  for (let depth = 0; depth < MAX_CAUSES && isError(cause); depth += 1) {
    const text = `${'code' in cause ? String(cause.code) : ''} ${cause.message}`;
    if (/cert|tls|ssl|alert|UNABLE_TO|SELF_SIGNED|issuer/i.test(text)) {
      const [, reason] = REASONS.find(([pattern]) => pattern.test(text)) ?? [];
      if (reason !== undefined) return reason;
    }
    cause = cause.cause;
  }
  return undefined;
}
