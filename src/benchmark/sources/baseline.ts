import type { PapersOfFile } from "../../embed/plan.ts";
import {
  randomDimensions,
  randomVectors,
  tfidfDimensions,
  tfidfVectors,
  zeroVectors,
} from "../../learn/baselines/baselineVectors.ts";
import { type OptionNames, refuseUnknownOptions } from "../../options.ts";
import type { RunControl } from "../../progress.ts";
import type { VectorTable } from "../../vectors/vectorTable.ts";
import { forAllGroups } from "../scoreSuite.ts";
import { dimensionsOf, type SourceVectors, unknownModel, type VectorSource } from "../vectorSource.ts";

/** The baselines: what a score means is what it adds to these. */
export const baselines = ["random", "zero", "tfidf"] as const;
export type Baseline = (typeof baselines)[number];

/** How a baseline's vectors are made. */
export interface BaselineSourceOptions {
  /** Seed of the vectors, default 0; the seeds of trainings are the benchmark's. */
  readonly vectorSeed?: number | undefined;
}

const optionNames: OptionNames<BaselineSourceOptions> = { vectorSeed: true };

const notes: Readonly<Record<Baseline, string>> = {
  random: `Baseline: seeded random vectors of ${randomDimensions} dimensions, which know nothing of the papers.`,
  zero: "Baseline: the zero vector for every paper.",
  tfidf: `Baseline: TF-IDF of title and abstract, reduced to at most ${tfidfDimensions} dimensions.`,
};

/**
 * Vectors that know nothing of papers, or only their words.
 * @throws ScidocsError `USAGE` for an option that there is not
 */
export function baselineSource(
  baseline: Baseline,
  options: BaselineSourceOptions = {},
): VectorSource<readonly PapersOfFile[], SourceVectors> {
  refuseUnknownOptions("baselineSource", options, optionNames);
  const { vectorSeed = 0 } = options;
  return {
    needs: baseline === "tfidf" ? "texts" : "ids",
    groups: null,
    stage: "vectors",
    plan: async ({ papers }) => papers,
    vectors: async (papers, control) => {
      const table = await tableOf(baseline, papers, vectorSeed, control);
      return { vectors: forAllGroups(table), texts: null };
    },
    facts: (made) => unknownModel(baseline, "baseline", made === null ? null : dimensionsOf(made.vectors)),
    settings: () => ({ baseline, ...(baseline === "zero" ? {} : { "vector-seed": vectorSeed }) }),
    notes: () => [notes[baseline]],
  };
}

async function tableOf(
  baseline: Baseline,
  papersByFile: readonly PapersOfFile[],
  seed: number,
  control: RunControl,
): Promise<VectorTable> {
  const texts = new Map<string, string>();
  for (const { papers } of papersByFile) {
    for (const { id, title, abstract } of papers) {
      if (!texts.has(id)) texts.set(id, `${title ?? ""} ${abstract ?? ""}`);
    }
  }
  switch (baseline) {
    case "random":
      return randomVectors([...texts.keys()], seed);
    case "zero":
      return zeroVectors([...texts.keys()]);
    case "tfidf":
      return tfidfVectors(texts, seed, control);
  }
}
