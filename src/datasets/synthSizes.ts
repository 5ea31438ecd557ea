/** How many of everything a synthetic dataset has. */
export interface SynthSizes {
  readonly mag: SplitSizes;
  readonly mesh: SplitSizes;
  /** Queries of each ranking task and split. */
  readonly queries: number;
  readonly clicks: SplitSizes;
  /** Papers in each metadata file. */
  readonly papers: { readonly cls: number; readonly ranking: number; readonly recomm: number };
  /** Most references that a paper has. */
  readonly references: number;
}

/** Rows of the three label files of a task. */
export interface SplitSizes {
  readonly train: number;
  readonly val: number;
  readonly test: number;
}

/** The sizes of the published benchmark (Cohan et al., ACL 2020, and the files themselves). */
export const benchmarkSizes: SynthSizes = {
  mag: { train: 17_500, val: 3_750, test: 3_751 },
  mesh: { train: 16_431, val: 3_521, test: 3_521 },
  queries: 1000,
  clicks: { train: 4000, val: 1000, test: 1000 },
  papers: { cls: 48_473, ranking: 142_009, recomm: 36_261 },
  references: 24,
};

// Below these a score says nothing any more: classes without a test paper, means over a handful of queries.
const smallest: SynthSizes = {
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
export function synthSizes(scale: number): SynthSizes {
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

/** Rows of all three files. */
export function total(sizes: SplitSizes): number {
  return sizes.train + sizes.val + sizes.test;
}
