import { AppError, type Allowance, type WorkLimits } from '@holdfast/kernel';
import type { TenantLimits } from './gen/holdfast/auth/v1/auth.js';

/** Limits as auth's GetLimits answers them. */
export function workLimitsFrom(wire: TenantLimits): WorkLimits {
  return {
    mailRequests: present(wire.mailRequests),
    mailUpload: present(wire.mailUpload),
    mailAtOnce: wire.mailAtOnce,
    driveMinute: present(wire.driveMinute),
    driveDay: present(wire.driveDay),
    app: present(wire.app),
  };
}

function present(allowance: Allowance | undefined): Allowance {
  if (allowance) return { ...allowance };
  throw new AppError('INTERNAL', 'Auth has answered limits that lack one; the services are of different versions.');
}
