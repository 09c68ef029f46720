import { Metadata } from '@grpc/grpc-js';
import { isAppError, parseTenantId, SystemClock, type TenantId } from '@holdfast/kernel';
import type { ExecutionContext } from '@nestjs/common';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { CalledBy, CalledByGuard, callerOf } from './called-by.js';
import { DevelopmentCa } from './dev-ca.js';
import { Certificates, type CertificateFiles } from '../tls/certificates.js';
import { CertificateIdentity } from './identity.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const theirs = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');

@CalledBy('crawler')
class TaskController {
  leaseTask(): void {}
}

let ca: DevelopmentCa;
let guard: CalledByGuard;
beforeAll(async () => {
  ca = await DevelopmentCa.create(new SystemClock());
  guard = new CalledByGuard(new CertificateIdentity(new Certificates(await ca.issue('scheduler'))));
});

/** Who the method takes the caller for, or the code that refuses it. */
function called({ certificate }: CertificateFiles, request: object): string {
  const metadata = new Metadata();
  const subjectaltname = new X509Certificate(certificate).subjectAltName;
  const call = { metadata, getAuthContext: () => ({ sslPeerCertificate: { subjectaltname } }) };
  const context = {
    getArgByIndex: (index: number) => [request, metadata, call][index],
    getClass: () => TaskController,
    getHandler: () => Reflect.get(TaskController.prototype, 'leaseTask'),
  };
  try {
    guard.canActivate(context as unknown as ExecutionContext);
    return callerOf(metadata);
  } catch (error) {
    return isAppError(error) ? error.code : String(error);
  }
}

describe('a crawler whose certificate binds it to a tenant', () => {
  const asked = async (request: object, tenant?: TenantId) => called(await ca.issue('crawler', tenant), request);

  it('is known as that tenant’s, so that a grant of its own opens nothing to others, nor theirs to it', async () => {
    expect(await asked({ tenantId: ours }, ours)).toBe(`crawler/${ours}`);
    expect(await asked({ grant: 'text' }, ours)).toBe(`crawler/${ours}`);
    expect(await asked({ tenantId: ours })).toBe('crawler');
  });

  it('leases and asks for no other, and not for whichever comes', async () => {
    for (const request of [{ tenantId: theirs }, { tenantId: '' }, { tenantIds: [] }, { tenantIds: [ours, theirs] }])
      expect(await asked(request, ours)).toBe('PERMISSION_DENIED');
    expect(await asked({ tenantIds: [ours] }, ours)).toBe(`crawler/${ours}`);
    expect(await asked({ tenantIds: [] })).toBe('crawler');
  });
});
