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

/**
 * The seconds that the rest of a stage takes if it goes on as fast as so far; null before anything is known.
 * @param elapsedSeconds since the stage's last event with nothing done
 */
export function secondsLeft(event: ProgressEvent, elapsedSeconds: number): number | null {
  // Papers are embedded longest first: what is left of the work is less than what is left of the papers.
  const share = event.share ?? event.done / event.total;
  return share > 0 && elapsedSeconds > 0 ? (elapsedSeconds * (1 - share)) / share : null;
}

/** Called as work proceeds; cheap calls only. The library stays silent without one. */
export type OnProgress = (event: ProgressEvent) => void;

/** What every long-running call of the library accepts. */
export interface RunControl {
  readonly onProgress?: OnProgress | undefined;
  /** Abort to stop: the call rejects with code `INTERRUPTED`, keeping what was already stored. */
  readonly signal?: AbortSignal | undefined;
}
