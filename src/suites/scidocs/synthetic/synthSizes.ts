import { type BenchmarkSizes, benchmarkSizes, type SplitSizes, total } from "../benchmarkSizes.ts";

// Below these a score says nothing any more: classes without a test paper, means over a handful of queries.
const smallest: BenchmarkSizes = {
  mag: { train: 19 * 20, val: 19 * 5, test: 19 * 5 },
  mesh: { train: 11 * 20, val: 11 * 6, test: 11 * 6 },
  queries: 30,
  clicks: { train: 400, val: 120, test: 120 },
  papers: { cls: 0, ranking: 640, recomm: 400 },
  references: 12,
};

/**
 * The benchmark's sizes times `scale`, but never so small that scores become noise.
 * @param scale 1 for the real sizes
 */
export function synthSizes(scale: number): BenchmarkSizes {
  const scaled = (real: number, least: number): number => Math.max(least, Math.round(real * scale));
  const split = (real: SplitSizes, least: SplitSizes): SplitSizes => ({
    train: scaled(real.train, least.train),
    val: scaled(real.val, least.val),
    test: scaled(real.test, least.test),
  });
  const mag = split(benchmarkSizes.mag, smallest.mag);
  const mesh = split(benchmarkSizes.mesh, smallest.mesh);
  // One labelled paper has no text in the benchmark's files: 25,001 + 23,473 labels, 48,473 papers.
  const labelled = total(mag) + total(mesh) - 1;
  return {
    mag,
    mesh,
    queries: scaled(benchmarkSizes.queries, smallest.queries),
    clicks: split(benchmarkSizes.clicks, smallest.clicks),
    papers: {
      cls: scaled(benchmarkSizes.papers.cls, labelled),
      ranking: scaled(benchmarkSizes.papers.ranking, smallest.papers.ranking),
      recomm: scaled(benchmarkSizes.papers.recomm, smallest.papers.recomm),
    },
    references: Math.min(benchmarkSizes.references, Math.max(smallest.references, Math.round(scale * 240))),
  };
}
