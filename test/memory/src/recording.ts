/** What a process was seen to hold at an instant. */
export interface Sample {
  /** Milliseconds since the recording began. */
  readonly atMs: number;
  readonly mib: number;
}

/** The resident memory of one process over time. */
export interface Series {
  readonly name: string;
  readonly samples: readonly Sample[];
  /** The kernel's own high-water mark: between two samples as well. */
  readonly peakMib: number;
}

/** A stretch of a run that does one kind of work. */
export interface Phase {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Items that it was about, where growth by item is worth telling. */
  readonly items?: number;
}

/** What was measured of a run. */
export interface Recording {
  readonly series: readonly Series[];
  readonly phases: readonly Phase[];
}
