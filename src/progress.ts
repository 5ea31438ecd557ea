/** A report of how far a stage has come: `done` of `total` in `unit`s ("papers", "epochs", "bytes"; "%" where the parts of the work have no unit in common). */
export interface ProgressEvent {
  /** What is going on, as a reader should see it: "embedding", "MAG: classification". */
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  /** Share of the work that is done, in [0, 1], where units differ in what they take; absent where `done` of `total` says it. */
  readonly share?: number | undefined;
  /** What else a reader should see now, such as who is at work. */
  readonly detail?: string | undefined;
}

/** Called as work proceeds; cheap calls only. The library stays silent without one. */
export type OnProgress = (event: ProgressEvent) => void;

/** What every long-running call of the library accepts. */
export interface RunControl {
  readonly onProgress?: OnProgress | undefined;
  /** Abort to stop: the call rejects with code `INTERRUPTED`, keeping what was already stored. */
  readonly signal?: AbortSignal | undefined;
}
