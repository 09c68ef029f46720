import type { ServiceProcess } from '@holdfast/test-e2e';
import { setTimeout } from 'node:timers/promises';
import type { FaultKind, Occasion } from './fault-kind.js';

/** A process, drawn among the services first: a service with many processes is no likelier. */
export function drawProcess({ faults, dice, name }: Occasion): ServiceProcess {
  const { processes } = faults.cluster;
  const services = [...new Set(processes.map(({ service }) => service))];
  const service = services[dice.below(`${name}/service`, services.length)];
  const copies = processes.filter((process) => process.service === service);
  const drawn = copies[dice.below(`${name}/copy`, copies.length)];
  if (!drawn) throw new Error('a cluster without processes cannot be struck');
  return drawn;
}

export const killService: FaultKind = {
  name: 'kill-service',
  strike: async (occasion) => {
    const process = drawProcess(occasion);
    process.kill();
    return `${process.name} killed`;
  },
};

export const pauseService: FaultKind = {
  name: 'pause-service',
  strike: async (occasion) => {
    const process = drawProcess(occasion);
    process.pause();
    await setTimeout(occasion.holdMs);
    process.resume();
    return `${process.name} paused for ${occasion.holdMs} ms`;
  },
};

const WAYS = ['cut', 'hush', 'strand'] as const;
const TOLD = { cut: 'cut off', hush: 'not heard', strand: 'left with dead connections' };

export const cutService: FaultKind = {
  name: 'cut-service',
  strike: async (occasion) => {
    const { faults, dice, name, holdMs } = occasion;
    const process = drawProcess(occasion);
    const way = dice.pick(`${name}/way`, WAYS);
    const wires = faults.wiring.ofProcess(process.name, process.service);
    for (const wire of wires) wire[way]();
    await setTimeout(holdMs);
    for (const wire of wires) wire.mend();
    return `${process.name} ${TOLD[way]} for ${holdMs} ms`;
  },
};
