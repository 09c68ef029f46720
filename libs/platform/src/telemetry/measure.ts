import {
  type Counter,
  type Histogram,
  type MeterProvider,
  metrics,
  type Observable,
  type ObservableResult,
} from '@opentelemetry/api';
import { type LabelsOf, METRICS, type MetricName, type MetricOf } from './instruments.js';

/** One value of a gauge. */
export interface Observed<Name extends MetricName> {
  readonly value: number;
  readonly labels: LabelsOf<Name>;
}

/** Bounds of a histogram's buckets, by its unit. */
const BOUNDS: Readonly<Record<string, readonly number[]>> = {
  s: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
};

/** Adds to a counter. */
export function count<Name extends MetricOf<'counter'>>(name: Name, amount: number, labels: LabelsOf<Name>): void {
  if (amount > 0) (instrument(name) as Counter).add(amount, labels);
}

/** Notes one value of a histogram, in the metric's unit. */
export function measure<Name extends MetricOf<'histogram'>>(name: Name, value: number, labels: LabelsOf<Name>): void {
  (instrument(name) as Histogram).record(value, labels);
}

/** Has a gauge or a total read whenever metrics are collected, until the function that is returned is called. What it throws leaves it out once. */
export function observe<Name extends MetricOf<'gauge' | 'total'>>(
  name: Name,
  read: () => readonly Observed<Name>[] | Promise<readonly Observed<Name>[]>,
): () => void {
  const observed = instrument(name) as Observable;
  const callback = async (result: ObservableResult) => {
    for (const { value, labels } of await read()) result.observe(value, labels);
  };
  observed.addCallback(callback);
  return () => observed.removeCallback(callback);
}

type Instrument = Counter | Histogram | Observable;

/** Those of the provider that is installed: none, and later one, in a process; another in each test. */
let made: { readonly provider: MeterProvider; readonly byName: Map<MetricName, Instrument> } | undefined;

function instrument(name: MetricName): Instrument {
  const provider = metrics.getMeterProvider();
  if (made?.provider !== provider) made = { provider, byName: new Map() };
  const known = made.byName.get(name);
  if (known) return known;
  const fresh = make(provider, name);
  made.byName.set(name, fresh);
  return fresh;
}

function make(provider: MeterProvider, name: MetricName): Instrument {
  const { kind, unit, means: description } = METRICS[name];
  const meter = provider.getMeter('holdfast');
  switch (kind) {
    case 'counter':
      return meter.createCounter(name, { unit, description });
    case 'gauge':
      return meter.createObservableGauge(name, { unit, description });
    case 'total':
      return meter.createObservableCounter(name, { unit, description });
    case 'histogram': {
      const bounds = BOUNDS[unit];
      return meter.createHistogram(name, {
        unit,
        description,
        ...(bounds && { advice: { explicitBucketBoundaries: [...bounds] } }),
      });
    }
  }
}
