import { parentPort, workerData } from "node:worker_threads";
import { type FitReport, predictLabels } from "./linearSvm.ts";
import { blockNumbers, type SvmBlock } from "./svmBlock.ts";
import { lanesPerWorker, type SvmJob, svmLanes } from "./svmLanes.ts";

/** What a worker is started with. */
export interface SvmWorkerData {
  readonly module: WebAssembly.Module;
  readonly block: SvmBlock;
  readonly worker: number;
  readonly problems: number;
}

/** A fit to make, by a number that the answer repeats. */
export interface SvmRequest extends SvmJob {
  readonly id: number;
  /** Rows of the block to predict with the fit; empty for none. */
  readonly heldOut: Int32Array;
}

/** How far a fit is, or its result with the share of held-out rows predicted rightly. */
export type SvmAnswer =
  | { readonly id: number; readonly share: number }
  | { readonly id: number; readonly report: FitReport; readonly accuracy: number };

/** Rows that each lane visits before the worker looks for new requests: some 50 ms for four lanes at 768 dimensions. */
const visitsPerSlice = 20_000;
const progressEveryMs = 250;

const { module, block, worker, problems } = workerData as SvmWorkerData;
const port = parentPort;
if (port === null) throw new Error("svmWorker runs only as a worker");
const lanes = svmLanes(module, block, worker, problems);
const requests: (SvmRequest | null)[] = new Array(lanesPerWorker).fill(null);
let reportedMs = 0;
let turning = false;

const answer = (message: SvmAnswer): void => port.postMessage(message);

function accuracyOn(report: FitReport, heldOut: Int32Array): number {
  const { stride, dimensions, labels } = block;
  // The block's rows are padded; the model sees them as longer rows whose last weights are zero.
  const classes = report.model.classes;
  const count = report.epochs.length;
  const weights = new Float64Array(count * stride);
  for (let k = 0; k < count; k++) {
    weights.set(report.model.weights.subarray(k * dimensions, (k + 1) * dimensions), k * stride);
  }
  const model = { classes, weights, dimensions: stride };
  const predictions = predictLabels(model, { data: blockNumbers(block), rows: heldOut });
  let correct = 0;
  for (const [i, row] of heldOut.entries()) if (predictions[i] === labels[row]) correct += 1;
  return correct / heldOut.length;
}

function turn(): void {
  for (const lane of lanes.run(visitsPerSlice)) {
    const { id, heldOut } = requests[lane]!;
    requests[lane] = null;
    const report = lanes.finish(lane);
    answer({ id, report, accuracy: accuracyOn(report, heldOut) });
  }
  if (performance.now() - reportedMs > progressEveryMs) {
    reportedMs = performance.now();
    for (const [lane, request] of requests.entries()) {
      if (request !== null) answer({ id: request.id, share: lanes.progress(lane) });
    }
  }
  turning = requests.some((request) => request !== null);
  if (turning) setImmediate(turn);
}

port.on("message", (request: SvmRequest) => {
  const lane = requests.indexOf(null);
  requests[lane] = request;
  lanes.start(lane, request);
  if (turning) return;
  turning = true;
  setImmediate(turn);
});
