import type { Bucket, SimResponse } from '../route.js';

/** What the log will say of an answer; filled in as the request is understood. */
export interface About {
  route: string;
  tenantId: string;
  user: string;
  bucket: Bucket;
  cost: number;
  fault?: string;
}

/** An answer on its way out. */
export interface Answer {
  readonly response: SimResponse;
  readonly about: About;
  /** Break the connection after so many bytes of the body. */
  readonly breakAfterBytes?: number;
  /** To be called when the answer has been sent or has failed. */
  release(): void;
}
