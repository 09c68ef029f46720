import type { SignalDefinition } from '@holdfast/contracts';
import type { z } from 'zod';
import type { Logger } from '../logging/logger.js';
import { inHandlerSpan } from '../telemetry/bus-spans.js';
import { count } from '../telemetry/measure.js';
import type { Carrier } from '../telemetry/work-context.js';
import { decodeMessage, type EncodedMessage } from './event-subject.js';
import { idsOf } from './ids-of.js';

export interface HearerOptions<S extends z.ZodType<object>> {
  readonly signal: SignalDefinition<S>;
  readonly handler: (payload: z.output<S>) => void;
  readonly logger: Logger;
}

/** Takes a signal as it comes in. */
export type Hearer = (message: EncodedMessage, carrier: Carrier) => void;

/** Hands signals to a handler as they come. What every adapter of the bus does alike. */
export function hearerOf<S extends z.ZodType<object>>({ signal, handler, logger }: HearerOptions<S>): Hearer {
  const told = (outcome: 'done' | 'dropped') => count('holdfast.bus.handled', 1, { event: signal.name, outcome });
  const handle = async (payload: z.output<S>, carrier: Carrier) => {
    try {
      await inHandlerSpan(signal, payload, carrier, async () => handler(payload));
      told('done');
    } catch (error) {
      logger.error('A signal was heard and its handler failed', { event: signal.name, ...idsOf(payload), error });
      told('dropped');
    }
  };
  return (message, carrier) => {
    const { payload, fault } = decodeMessage(signal, message);
    if (payload) {
      void handle(payload, carrier);
      return;
    }
    logger.error(`A signal is dropped: ${fault}`, { event: signal.name, bytes: message.data.byteLength });
    told('dropped');
  };
}
