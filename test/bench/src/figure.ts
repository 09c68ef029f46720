/** One measured figure beside what is asked of it. */
export interface Figure {
  readonly name: string;
  /** What the number is of: `× restic`, `MiB`, `items/s`. */
  readonly unit: string;
  readonly measured: number;
  /** Absent where nothing is asked and the figure only explains others. */
  readonly asked?: { readonly is: '≤' | '≥' | '='; readonly value: number };
  /** Why it is as it is, where that needs saying. */
  readonly note?: string;
  /** Why it is missed, told where it is. */
  readonly behind?: string;
  /** Under which name programs find the number in docs/benchmarks.json, and in which group. */
  readonly key?: { readonly group: string; readonly name: string };
}

/** Why a group of figures was not measured. */
export interface Skipped {
  readonly name: string;
  readonly because: string;
}

export interface Measured {
  readonly figures: readonly Figure[];
  readonly skipped?: readonly Skipped[];
}

/** Whether the figure keeps what is asked; undefined where nothing is. */
export function isKept({ measured, asked }: Figure): boolean | undefined {
  switch (asked?.is) {
    case '≤':
      return measured <= asked.value;
    case '≥':
      return measured >= asked.value;
    case '=':
      return measured === asked.value;
    case undefined:
      return undefined;
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new RangeError('a median needs a value');
  return (low + high) / 2;
}
