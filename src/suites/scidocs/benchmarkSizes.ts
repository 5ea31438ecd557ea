/** How many of everything a dataset of the benchmark's kind has. */
export interface BenchmarkSizes {
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
export const benchmarkSizes: BenchmarkSizes = {
  mag: { train: 17_500, val: 3_750, test: 3_751 },
  mesh: { train: 16_431, val: 3_521, test: 3_521 },
  queries: 1000,
  clicks: { train: 4000, val: 1000, test: 1000 },
  papers: { cls: 48_473, ranking: 142_009, recomm: 36_261 },
  references: 24,
};

/** Rows of all three files. */
export function total(sizes: SplitSizes): number {
  return sizes.train + sizes.val + sizes.test;
}
