import { monitorEventLoopDelay } from 'node:perf_hooks';
import { observe } from './measure.js';

const NS_PER_S = 1e9;
const US_PER_S = 1e6;

/** Has the process's own health measured: delay of its event loop since the last reading, memory, processor time. */
export function watchProcess(): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const stops = [
    observe('nodejs.eventloop.delay.p99', () => [{ value: delay.percentile(99) / NS_PER_S, labels: {} }]),
    observe('nodejs.eventloop.delay.max', () => {
      const value = delay.max / NS_PER_S;
      delay.reset();
      return [{ value, labels: {} }];
    }),
    observe('process.memory.usage', () => [{ value: process.memoryUsage.rss(), labels: {} }]),
    observe('process.cpu.time', () => {
      const { user, system } = process.cpuUsage();
      return [
        { value: user / US_PER_S, labels: { 'cpu.mode': 'user' } },
        { value: system / US_PER_S, labels: { 'cpu.mode': 'system' } },
      ];
    }),
  ];
  return () => {
    delay.disable();
    for (const stop of stops) stop();
  };
}
