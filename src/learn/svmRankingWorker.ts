import { parentPort, workerData } from "node:worker_threads";
import { denseProducts } from "./denseProducts.ts";
import { blockNumbers, type SvmBlock } from "./svmBlock.ts";
import { type FoldRows, rankByOptimum } from "./svmRanking.ts";

/** What the worker is started with; it answers with a `RankedC` for every C, then ends. */
export interface SvmRankingData {
  readonly block: SvmBlock;
  readonly folds: readonly FoldRows[];
  readonly threads: number;
}

const { block, folds, threads } = workerData as SvmRankingData;
// ONNX Runtime takes no shared memory, so the rows are copied; padding columns are zeros and change nothing.
const products = await denseProducts(Float32Array.from(blockNumbers(block)), block.count, threads);
for await (const ranked of rankByOptimum(products, block.labels, folds)) parentPort?.postMessage(ranked);
