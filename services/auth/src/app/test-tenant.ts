import type { ConnectionReport } from '@holdfast/graph';
import { isAppError, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { testSteps, type TestStep } from '../domain/test-steps.js';
import { GetToken } from './get-token.js';
import { Microsoft } from './microsoft.port.js';

/** Tries everything that a tenant's jobs will need, and names each missing permission. */
@Injectable()
export class TestTenant {
  constructor(
    private readonly getToken: GetToken,
    private readonly microsoft: Microsoft,
  ) {}

  async run(tenant: TenantId): Promise<readonly TestStep[]> {
    const signed = await this.getToken.signed(tenant);
    let report: ConnectionReport;
    try {
      report = await this.microsoft.test(signed);
    } catch (error) {
      if (!isAppError(error)) throw error;
      return [{ name: 'sign-in', ok: false, message: error.message, missingPermissions: [] }];
    }
    return testSteps(report);
  }
}
