import type { EventDefinition } from '@holdfast/contracts';
import { InProcessEventBus, type InProcessEventBusOptions } from '@holdfast/platform';
import { appendFileSync } from 'node:fs';
import type { z } from 'zod';

/** The bus of one process, which writes each message into a file before it carries it: one line of JSON each. */
export class TappedBus extends InProcessEventBus {
  constructor(
    options: InProcessEventBusOptions,
    private readonly file: string,
  ) {
    super(options);
  }

  override async publish<S extends z.ZodType<object>>(event: EventDefinition<S>, payload: z.output<S>): Promise<void> {
    appendFileSync(this.file, `${JSON.stringify({ event: event.name, payload })}\n`);
    await super.publish(event, payload);
  }
}
