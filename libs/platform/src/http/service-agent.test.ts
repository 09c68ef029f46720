import { SystemClock } from '@holdfast/kernel';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Module, Put, Req } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import { DevelopmentCa } from '../grpc/dev-ca.js';
import { SilentLogger } from '../logging/logger.js';
import { type RunningService, startService } from '../service/start-service.js';
import { Certificates } from '../tls/certificates.js';
import { onlyForServices } from './only-for-services.js';
import { serviceAgent } from './service-agent.js';

@Controller()
class UploadController {
  @Put('upload')
  async put(@Req() incoming: IncomingMessage): Promise<{ bytes: number }> {
    let bytes = 0;
    for await (const chunk of incoming) bytes += (chunk as Buffer).length;
    return { bytes };
  }
}

@Module({ controllers: [UploadController] })
class UploadModule {}

let service: RunningService;
let crawler: Certificates;
beforeAll(async () => {
  const ca = await DevelopmentCa.create(new SystemClock());
  crawler = new Certificates(await ca.issue('crawler'));
  const http = { listen: '127.0.0.1:0', tls: onlyForServices(new Certificates(await ca.issue('storage'))) };
  service = await startService({ name: 'storage', module: UploadModule, logger: new SilentLogger(), http });
});
afterAll(() => service.close());

async function upload(dispatcher: Agent): Promise<unknown> {
  async function* content() {
    for (let part = 0; part < 64; part += 1) yield Buffer.alloc(65_536);
  }
  try {
    const answer = await request(`${service.httpUrl}/upload`, {
      method: 'PUT',
      dispatcher,
      body: Readable.from(content()),
    });
    return await answer.body.json();
  } finally {
    await dispatcher.close();
  }
}

describe('serviceAgent', () => {
  it('streams to a service with a certificate on both sides', async () => {
    expect(await upload(serviceAgent('storage', crawler))).toEqual({ bytes: 64 * 65_536 });
  });

  it('refuses a server that is not the service it means', async () => {
    await expect(upload(serviceAgent('auth', crawler))).rejects.toThrow(/altname/i);
  });

  it('is refused without a certificate', async () => {
    await expect(upload(new Agent({ connect: { ca: crawler.current.ca, servername: 'storage' } }))).rejects.toThrow();
  });
});
