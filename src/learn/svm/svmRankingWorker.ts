import { parentPort, workerData } from "node:worker_threads";
import { denseProducts, guardedProducts } from "../denseProducts.ts";
import { blockNumbers, type SvmBlock } from "./svmBlock.ts";
import { type FoldRows, rankByOptimum } from "./svmRanking.ts";

/** What the worker is started with; it answers with a `RankedC` for every C, then ends. */
export interface SvmRankingData {
  readonly block: SvmBlock;
  readonly folds: readonly FoldRows[];
  readonly threads: number;
  /** Becomes 1 when the worker is to end. It does so before its next product, never within one. */
  readonly stopFlag: Int32Array;
}

const { block, folds, threads, stopFlag } = workerData as SvmRankingData;
const isStopped = (): boolean => Atomics.load(stopFlag, 0) === 1;
// ONNX Runtime takes no shared memory, so the rows are copied; padding columns are zeros and change nothing.
const products = await denseProducts(Float32Array.from(blockNumbers(block)), block.count, threads);
const guarded = guardedProducts(products, () => {
  if (isStopped()) throw new Error("stopped");
});
try {
  for await (const ranked of rankByOptimum(guarded, block.labels, folds)) parentPort?.postMessage(ranked);
} catch (error) {
  if (!isStopped()) throw error;
}
