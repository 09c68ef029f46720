import { type ChannelCredentials, credentials, experimental, type Metadata, ServerCredentials } from '@grpc/grpc-js';
import { parseTenantId, type RandomBytes, type TenantId } from '@holdfast/kernel';
import { createHmac, timingSafeEqual, X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import type { Certificates } from '../tls/certificates.js';
import { GrpcCertificates } from './grpc-certificates.js';
import { isServiceName, type ServiceName } from './services.js';

const CALLER = 'holdfast-caller';
const PROOF = 'holdfast-caller-proof-bin';
const SAN = /(?:^|, )URI:holdfast:\/\/service\/([a-z]+)(?:\/tenant\/([0-9a-f-]+))?(?=$|, )/;

/** The part of a gRPC call that tells who made it. */
export interface IncomingCall {
  readonly metadata: Metadata;
  getAuthContext(): { readonly sslPeerCertificate?: PeerCertificate };
}

/** Who a service is towards the others, and how it tells who calls. */
export abstract class ServiceIdentity {
  abstract serverCredentials(): ServerCredentials;
  /** Credentials for calls to a service; a server that is not `to` is refused. */
  abstract channelCredentials(): ChannelCredentials;
  /** Channel options for calls to `to`. */
  abstract channelOptions(to: ServiceName): Record<string, string | number>;
  /** What each call carries. */
  abstract sign(metadata: Metadata): void;
  /** The service that made a call; undefined when it did not prove who it is. */
  abstract callerOf(call: IncomingCall): ServiceName | undefined;
  /** The one tenant that the caller works for; undefined when it may work for all. */
  abstract boundTenantOf(call: IncomingCall): TenantId | undefined;
}

/** Mutual TLS: each side shows a certificate of an authority that the other believes in, with its service's name in it. */
export class CertificateIdentity extends ServiceIdentity {
  readonly #provider: GrpcCertificates;

  constructor(certificates: Certificates) {
    super();
    this.#provider = new GrpcCertificates(certificates);
  }

  override serverCredentials(): ServerCredentials {
    return experimental.createCertificateProviderServerCredentials(this.#provider, this.#provider, true);
  }

  override channelCredentials(): ChannelCredentials {
    return experimental.createCertificateProviderChannelCredentials(this.#provider, this.#provider);
  }

  override channelOptions(to: ServiceName): Record<string, string> {
    // Whatever the address is, the certificate has to bear the name of the service that is meant.
    return { 'grpc.ssl_target_name_override': to, 'grpc.default_authority': to };
  }

  override sign(): void {}

  override callerOf(call: IncomingCall): ServiceName | undefined {
    const [, name = ''] = namesOf(call);
    return isServiceName(name) ? name : undefined;
  }

  override boundTenantOf(call: IncomingCall): TenantId | undefined {
    const [, , tenant] = namesOf(call);
    return tenant === undefined ? undefined : parseTenantId(tenant);
  }
}

/** The tenant that a service's certificate binds it to. */
export function boundTenantIn(certificate: string): TenantId | undefined {
  const [, , tenant] = SAN.exec(new X509Certificate(certificate).subjectAltName ?? '') ?? [];
  return tenant === undefined ? undefined : parseTenantId(tenant);
}

const namesOf = (call: IncomingCall): readonly (string | undefined)[] =>
  SAN.exec(call.getAuthContext().sslPeerCertificate?.subjectaltname ?? '') ?? [];

/** A secret that only the services within this process share; made once, where they are composed. */
export class ProcessSecret {
  readonly #key: Uint8Array;

  constructor(random: RandomBytes) {
    this.#key = random(32);
  }

  proofOf(service: string): Buffer {
    return createHmac('sha256', this.#key).update(service).digest();
  }
}

/**
 * For services of one process over Unix sockets: each call bears the caller's name and a proof that only this process can make,
 * so that another process which reaches the socket is nobody.
 */
export class ProcessIdentity extends ServiceIdentity {
  constructor(
    private readonly service: ServiceName,
    private readonly secret: ProcessSecret,
  ) {
    super();
  }

  override serverCredentials(): ServerCredentials {
    return ServerCredentials.createInsecure();
  }

  override channelCredentials(): ChannelCredentials {
    return credentials.createInsecure();
  }

  override channelOptions(): Record<string, string> {
    return { 'grpc.default_authority': 'localhost' };
  }

  override sign(metadata: Metadata): void {
    metadata.set(CALLER, this.service);
    metadata.set(PROOF, this.secret.proofOf(this.service));
  }

  override callerOf({ metadata }: IncomingCall): ServiceName | undefined {
    const [name] = metadata.get(CALLER);
    const [proof] = metadata.get(PROOF);
    if (typeof name !== 'string' || !isServiceName(name) || !Buffer.isBuffer(proof)) return undefined;
    const expected = this.secret.proofOf(name);
    return proof.length === expected.length && timingSafeEqual(proof, expected) ? name : undefined;
  }

  override boundTenantOf(): undefined {
    return undefined;
  }
}
