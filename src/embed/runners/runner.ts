import type { RunControl } from "../../progress.ts";
import type { EmbeddingPlan, PlannedText } from "../plan.ts";
import type { InferenceReply, InferenceRequest } from "./inference.ts";

/** A batch as a model takes it, and whose texts it has. */
export interface PlannedBatch {
  readonly texts: readonly PlannedText[];
  readonly request: InferenceRequest;
}

/** Some batches of one window that travel together. */
export interface Parcel {
  readonly batches: readonly PlannedBatch[];
}

/** A runner at work on one plan. It owns what it has opened, so it must be closed. */
export interface OpenRunner {
  /** Texts that a parcel should have at least, where its window has so many: what it costs to send one. */
  readonly parcelTexts: number;
  /** How many parcels may be under way now. It may change while the work goes on. */
  readonly capacity: () => number;
  /**
   * Embeds a parcel; rejects when the run's signal aborts.
   * @returns a reply for each of its batches
   * @throws ScidocsError when it cannot be done, which ends the run
   */
  readonly run: (parcel: Parcel) => Promise<readonly InferenceReply[]>;
  /** What people should see beside the progress; null for nothing. */
  readonly detail: () => string | null;
  /** What a record must say about who did the work, one sentence each. */
  readonly notes: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

/** A way to have batches embedded: by threads of this process, by workers on other machines. */
export interface WindowRunner {
  readonly open: (plan: EmbeddingPlan, control: RunControl) => Promise<OpenRunner>;
}
