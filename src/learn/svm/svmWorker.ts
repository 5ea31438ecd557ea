import { answerCalls, threadData, threadIndex } from "../../threads/inThread.ts";
import { type FitReport, predictLabels } from "./linearSvm.ts";
import { blockNumbers, type SvmBlock } from "./svmBlock.ts";
import { lanesPerWorker, type SvmJob, svmLanes } from "./svmLanes.ts";

/** What a worker is started with. */
export interface SvmWorkerData {
  readonly module: WebAssembly.Module;
  readonly block: SvmBlock;
  readonly problems: number;
}

/** How far a fit is, which consists of one binary problem after the other. */
export interface FitReached {
  /** Visits of rows that it has made. */
  readonly visits: number;
  /** Binary problems that are solved. */
  readonly solved: number;
  /** Visits that these took. */
  readonly solvedVisits: number;
}

/** A fit to make; the worker reports how far it is. */
export interface SvmRequest extends SvmJob {
  /** Rows of the block to predict with the fit; empty for none. */
  readonly heldOut: Int32Array;
}

/** A fit along the reference path and its accuracy on the rows held out of it. */
export interface SvmFit {
  readonly report: FitReport;
  /** Share of the held-out rows predicted rightly; NaN when there were none. */
  readonly accuracy: number;
}

/** A fit under way in a lane. */
interface Running {
  readonly heldOut: Int32Array;
  readonly report: (so: FitReached) => void;
  readonly finish: (fit: SvmFit) => void;
  so: FitReached;
}

/** Rows that each lane visits before the worker looks for new requests: some 50 ms for four lanes at 768 dimensions. */
const visitsPerSlice = 20_000;
const progressEveryMs = 250;

const { module, block, problems } = threadData<SvmWorkerData>();
const lanes = svmLanes(module, block, threadIndex(), problems);
const running: (Running | null)[] = new Array(lanesPerWorker).fill(null);
let reportedMs = 0;
let turning = false;

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

/** Notes what a lane has done in a slice; one in which a fit ended counts as a whole one. */
function count(fit: Running, lane: number): void {
  const solved = lanes.solved(lane);
  const visits = fit.so.visits + visitsPerSlice;
  fit.so = { visits, solved, solvedVisits: solved > fit.so.solved ? visits : fit.so.solvedVisits };
}

function turn(): void {
  const ended = lanes.run(visitsPerSlice);
  for (const [lane, fit] of running.entries()) if (fit !== null) count(fit, lane);
  for (const lane of ended) {
    const { heldOut, report: tell, so, finish } = running[lane]!;
    running[lane] = null;
    tell(so);
    const report = lanes.finish(lane);
    finish({ report, accuracy: accuracyOn(report, heldOut) });
  }
  if (performance.now() - reportedMs > progressEveryMs) {
    reportedMs = performance.now();
    for (const fit of running) fit?.report(fit.so);
  }
  turning = running.some((fit) => fit !== null);
  if (turning) setImmediate(turn);
}

answerCalls<SvmRequest, SvmFit, FitReached>(
  (request, report) =>
    new Promise((resolve) => {
      const lane = running.indexOf(null);
      const { heldOut } = request;
      const so = { visits: 0, solved: 0, solvedVisits: 0 };
      running[lane] = { heldOut, report, finish: (value) => resolve({ value }), so };
      lanes.start(lane, request);
      if (turning) return;
      turning = true;
      setImmediate(turn);
    }),
  { together: true },
);
