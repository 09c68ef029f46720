import type { Rng } from './rng.js';

/** A behaviour of Microsoft's that no page confirms: every tenant draws one of the choices from its seed. */
export interface UnconfirmedSwitch<T extends string | number | boolean> {
  /** Dotted, workload first: `mail.read-flag-in-delta`. Named in the README. */
  readonly name: string;
  readonly choices: readonly [T, ...T[]];
  /** What is unknown and where the contradiction was seen. */
  readonly because: string;
  /** The first choice, the one that is harder on clients, is what tenants have, until a test says otherwise. */
  readonly isUsuallyFirst?: boolean;
}

const known = new Map<string, UnconfirmedSwitch<string | number | boolean>>();

/** Declares a switch at module level; names are unique in the process. */
export function unconfirmed<T extends string | number | boolean>(declared: UnconfirmedSwitch<T>): UnconfirmedSwitch<T> {
  if (known.has(declared.name)) throw new Error(`The switch ${declared.name} is declared twice.`);
  known.set(declared.name, declared);
  return declared;
}

/** Every declared switch, for the README's test and the control API. */
export function knownSwitches(): readonly UnconfirmedSwitch<string | number | boolean>[] {
  return [...known.values()];
}

/** What one tenant's unconfirmed behaviours are: drawn from the seed by name, unless a test said otherwise. */
export class Switches {
  readonly #set = new Map<string, string | number | boolean>();
  readonly #drawn = new Map<string, string | number | boolean>();

  constructor(private readonly rng: Rng) {}

  get<T extends string | number | boolean>(which: UnconfirmedSwitch<T>): T {
    const value = this.#set.get(which.name) ?? this.#drawn.get(which.name) ?? this.#draw(which);
    return which.choices.find((choice) => choice === value) ?? which.choices[0];
  }

  /** Fixes a switch by name; false when there is no such switch or choice. */
  set(name: string, value: unknown): boolean {
    const choice = known.get(name)?.choices.find((candidate) => candidate === value);
    if (choice === undefined) return false;
    this.#set.set(name, choice);
    return true;
  }

  /** Every switch with its value in this tenant. */
  all(): Record<string, string | number | boolean> {
    return Object.fromEntries(knownSwitches().map((which) => [which.name, this.get(which)]));
  }

  #draw(which: UnconfirmedSwitch<string | number | boolean>): string | number | boolean {
    const value = which.isUsuallyFirst ? which.choices[0] : this.rng.derive('switch', which.name).pick(which.choices);
    this.#drawn.set(which.name, value);
    return value;
  }
}
