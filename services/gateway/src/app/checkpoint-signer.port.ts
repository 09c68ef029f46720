/** Signs checkpoints of audit trails and certificates of deletions with the installation's key, and knows its own again. */
export abstract class CheckpointSigner {
  /** 16 hexadecimal digits of the public key's SHA-256. */
  abstract readonly keyId: string;
  /** SubjectPublicKeyInfo in DER, base64. */
  abstract readonly publicKey: string;
  /** Ed25519, base64url. */
  abstract sign(statement: string): string;
  abstract isSignedBy(statement: string, signature: string): boolean;
}
