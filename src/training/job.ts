import type { Provider } from "../onnx/session.ts";
import type { TrainingSettings } from "./settings.ts";

/** A training, fully said, as plain data: what a worker thread is given. */
export interface TrainingJob {
  /** What `--init` takes. */
  readonly init: string;
  readonly vocab: string | undefined;
  readonly trainFile: string;
  /** Null: no dev set is looked at. */
  readonly devFile: string | null;
  /** Metadata with the texts of the papers that the triplets name. */
  readonly papersFile: string;
  readonly output: string;
  readonly settings: TrainingSettings;
  readonly threads: number;
  readonly provider: Provider;
  readonly deviceId: number;
  /** Updates between two checkpoints, beside those at an epoch's end; null for none. */
  readonly saveEvery: number | null;
  /** Checkpoints that are kept beside the best. */
  readonly keep: number;
  /** Keep only each layer's input on the way forward, and compute the rest again. */
  readonly recompute: boolean;
  /** Papers of a benchmark whose vectors are asked for while training. */
  readonly benchmark: BenchmarkPapers | null;
}

/** The papers that a benchmark's tasks need, and what it is. */
export interface BenchmarkPapers {
  readonly name: string;
  readonly tasks: readonly string[];
  /** Of its files: scores on other data are not compared with these. */
  readonly sha256: string;
  readonly papers: readonly { readonly id: string; readonly title: string; readonly abstract: string }[];
}

/** What a training tells while it goes on. */
export type TrainingEvent =
  | { readonly kind: "note"; readonly text: string }
  | {
      readonly kind: "progress";
      /** Triplets since this run began, and until its end. */
      readonly done: number;
      readonly total: number;
      readonly text: string;
    }
  | {
      readonly kind: "stage";
      readonly stage: string;
      readonly done: number;
      readonly total: number;
      readonly unit: string;
    };

/** What a training came to. */
export interface TrainingResult {
  readonly updates: number;
  readonly epochs: number;
  /** Loss of each epoch's updates, and of the dev set at its end. */
  readonly looks: readonly TrainingLook[];
  /** Update of the best model; its folder is `best/`. */
  readonly best: { readonly update: number; readonly score: number } | null;
  readonly bestFolder: string;
  /** Whether there was nothing left to do. */
  readonly wasFinished: boolean;
}

/** What was seen at an update. */
export interface TrainingLook {
  readonly update: number;
  readonly devLoss: number | null;
  readonly benchmark: Readonly<Record<string, number>>;
}
