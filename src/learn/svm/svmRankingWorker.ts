import { answerCalls, throwIfStopped } from "../../threads/inThread.ts";
import { denseProducts, guardedProducts } from "../denseProducts.ts";
import { type FoldRows, type RankedC, rankByOptimum } from "./svmRanking.ts";

/** What the worker is asked; it answers with every C, and reports each as it has it. */
export interface SvmRankingRequest {
  /** The training rows, rows x dimensions; in memory of its own, for ONNX Runtime takes no shared one. */
  readonly matrix: Float32Array;
  readonly labels: Int32Array;
  readonly folds: readonly FoldRows[];
  readonly threads: number;
}

answerCalls<SvmRankingRequest, RankedC[], RankedC>(async ({ matrix, labels, folds, threads }, report) => {
  const products = await denseProducts(matrix, labels.length, threads);
  // A stop comes before the next product, never within one.
  const guarded = guardedProducts(products, throwIfStopped);
  const value: RankedC[] = [];
  for await (const ranked of rankByOptimum(guarded, labels, folds)) {
    value.push(ranked);
    report(ranked);
  }
  return { value };
});
