import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { finalize, type Observable } from 'rxjs';

/**
 * Counts what the methods of a service are still doing. A caller may be gone long before: its call has ended then, and the method
 * goes on with a database that a stopping service must not close under it.
 */
export class CallsUnderWay implements NestInterceptor {
  #count = 0;
  #onRest: (() => void)[] = [];

  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    this.#count += 1;
    return next.handle().pipe(finalize(() => this.#ended()));
  }

  /** Resolves when nothing is under way. */
  async rest(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#onRest.push(resolve));
  }

  #ended(): void {
    this.#count -= 1;
    if (this.#count > 0) return;
    for (const resolve of this.#onRest.splice(0)) resolve();
  }
}
