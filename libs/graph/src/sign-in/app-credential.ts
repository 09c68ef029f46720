import { X509Certificate } from 'node:crypto';
import { AppError } from '@holdfast/kernel';

/** How an app registration proves itself. */
export type AppCredential =
  | { readonly kind: 'secret'; readonly secret: string }
  | {
      readonly kind: 'certificate';
      /** PKCS #8 in PEM, without a passphrase. */
      readonly privateKeyPem: string;
      /** The certificate that is registered with the app, in PEM. */
      readonly certificatePem: string;
    };

/** SHA-256 of the certificate in hexadecimal, by which Microsoft finds it. */
export function thumbprintSha256(certificatePem: string): string {
  try {
    return new X509Certificate(certificatePem).fingerprint256.replaceAll(':', '');
  } catch (cause) {
    throw new AppError('INVALID_ARGUMENT', 'The certificate has to be an X.509 certificate in PEM.', {
      context: { field: 'certificatePem' },
      cause,
    });
  }
}
