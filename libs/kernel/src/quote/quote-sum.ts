import type { Workload } from '../ids.js';
import {
  appTime,
  driveTime,
  longest,
  mailboxTime,
  unitsTime,
  type BindingLimit,
  type WorkLimits,
  type WorkPace,
  type WorkTime,
} from './work-time.js';

/** What work is expected to ask of Microsoft, and how long that takes. */
export interface Quote {
  readonly requests: number;
  /** SharePoint's resource units. */
  readonly units: number;
  /** Bytes of request bodies. */
  readonly uploadBytes: number;
  readonly expectedMs: number;
  /** What decides the time. */
  readonly bindingLimit: BindingLimit;
}

/** What the work on one mailbox or drive is expected to take. */
export interface WorkCost {
  readonly workload: Workload;
  readonly requests: number;
  /** SharePoint's resource units; 0 for mail. */
  readonly units: number;
  readonly uploadBytes: number;
}

/** Adds up, and names what binds: mailboxes have limits of their own and run side by side, drives share the tenant's. */
export class QuoteSum {
  #requests = 0;
  #units = 0;
  #uploadBytes = 0;
  #ofApp = 0;
  #taskMs = 0;
  #longestTask: WorkTime = longest([]);

  constructor(
    private readonly limits: WorkLimits,
    private readonly pace: WorkPace,
  ) {}

  add(cost: WorkCost): void {
    const { workload, requests, units, uploadBytes } = cost;
    this.#requests += requests;
    this.#units += units;
    this.#uploadBytes += uploadBytes;
    const isMail = workload === 'mail';
    this.#ofApp += isMail ? requests : units;
    const task = isMail ? mailboxTime(cost, this.limits, this.pace) : driveTime(cost, this.pace);
    this.#taskMs += task.ms;
    this.#longestTask = longest([this.#longestTask, task]);
  }

  quote(): Quote {
    const { ms, bindingLimit } = longest([
      this.#longestTask,
      { bindingLimit: 'tasks-at-once', ms: Math.round(this.#taskMs / this.pace.tasksAtOnce) },
      unitsTime(this.#units, this.limits),
      appTime(this.#ofApp, this.limits),
    ]);
    return {
      requests: this.#requests,
      units: this.#units,
      uploadBytes: this.#uploadBytes,
      expectedMs: ms,
      bindingLimit,
    };
  }
}
