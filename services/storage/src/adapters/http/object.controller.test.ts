import { SilentLogger } from '@holdfast/platform';
import { describe, expect, it } from '@jest/globals';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { ReadObject } from '../../app/read-object.js';
import type { ReceiveObject } from '../../app/receive-object.js';
import { ObjectController } from './object.controller.js';

describe('ObjectController', () => {
  it('closes an object whose reader has left before the first byte', async () => {
    const body = Readable.from([Buffer.from('sealed')]);
    const reads = { run: async () => ({ body, bytes: 6, offset: 0, totalBytes: 6 }) } as unknown as ReadObject;
    const controller = new ObjectController({} as ReceiveObject, reads, new SilentLogger());
    const request = new IncomingMessage(new Socket());
    Object.assign(request, { url: '/objects/packs/ab', headers: { authorization: 'Bearer token' } });
    const response = new ServerResponse(request);
    response.destroy();
    await controller.get(request, response);
    expect(body.destroyed).toBe(true);
  });
});
