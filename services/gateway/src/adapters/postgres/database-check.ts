import { Database, Readiness } from '@holdfast/platform';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { GatewaySchema, GatewaySweep } from './gateway-database.js';

/** Without its database the gateway knows no key and does nothing: it is not ready then. */
@Injectable()
export class DatabaseCheck implements OnModuleInit {
  constructor(
    private readonly readiness: Readiness,
    private readonly database: Database<GatewaySchema, GatewaySweep>,
  ) {}

  onModuleInit(): void {
    this.readiness.add('database', () => this.database.ping());
  }
}
