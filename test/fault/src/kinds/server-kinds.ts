import { setTimeout } from 'node:timers/promises';
import type { ServerContainer } from '@holdfast/testkit/containers';
import type { ServerName } from '../fault-system.js';
import type { FaultKind, Occasion } from './fault-kind.js';

const SERVERS: readonly [ServerName, ...ServerName[]] = ['postgres', 'nats', 'bucket'];

function drawServer({ faults, dice, name }: Occasion): { readonly name: ServerName; readonly server: ServerContainer } {
  const drawn = dice.pick(`${name}/server`, SERVERS);
  return { name: drawn, server: faults.servers[drawn] };
}

export const killServer: FaultKind = {
  name: 'kill-server',
  strike: async (occasion) => {
    const { name, server } = drawServer(occasion);
    await server.kill();
    await setTimeout(occasion.holdMs);
    await server.revive();
    return `${name} killed, away for ${occasion.holdMs} ms`;
  },
};

export const pauseServer: FaultKind = {
  name: 'pause-server',
  strike: async (occasion) => {
    const { name, server } = drawServer(occasion);
    await server.pause();
    await setTimeout(occasion.holdMs);
    await server.resume();
    return `${name} paused for ${occasion.holdMs} ms`;
  },
};

export const cutServer: FaultKind = {
  name: 'cut-server',
  strike: async (occasion) => {
    const { name, server } = drawServer(occasion);
    await server.disconnect();
    await setTimeout(occasion.holdMs);
    await server.connect();
    return `${name} off the network for ${occasion.holdMs} ms`;
  },
};
