import { answerCalls, throwIfStopped } from "../../threads/inThread.ts";
import { denseProducts, guardedProducts } from "../denseProducts.ts";
import { blockNumbers, type SvmBlock } from "./svmBlock.ts";
import { type FoldRows, type RankedC, rankByOptimum } from "./svmRanking.ts";

/** What the worker is asked; it answers with every C, and reports each as it has it. */
export interface SvmRankingRequest {
  readonly block: SvmBlock;
  readonly folds: readonly FoldRows[];
  readonly threads: number;
}

answerCalls<SvmRankingRequest, RankedC[], RankedC>(async ({ block, folds, threads }, report) => {
  // ONNX Runtime takes no shared memory, so the rows are copied; padding columns are zeros and change nothing.
  const products = await denseProducts(Float32Array.from(blockNumbers(block)), block.count, threads);
  // A stop comes before the next product, never within one.
  const guarded = guardedProducts(products, throwIfStopped);
  const value: RankedC[] = [];
  for await (const ranked of rankByOptimum(guarded, block.labels, folds)) {
    value.push(ranked);
    report(ranked);
  }
  return { value };
});
