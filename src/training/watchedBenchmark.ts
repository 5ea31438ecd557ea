import { forAllGroups, scoreSuite } from "../benchmark/scoreSuite.ts";
import { planSuite } from "../benchmark/suitePlan.ts";
import { ScidocsError } from "../errors.ts";
import type { RunControl } from "../progress.ts";
import { openDataset } from "../suites/dataset.ts";
import { averageColumnId, scoresOf } from "../suites/suite.ts";
import { readSuite } from "../suites/suiteReading.ts";
import { vectorTable } from "../vectors/vectorTable.ts";
import type { BenchmarkPapers } from "./job.ts";
import type { BenchmarkScores } from "./loop/host.ts";

/** A benchmark that is looked at while a model is trained. */
export interface WatchedBenchmark {
  readonly papers: BenchmarkPapers;
  /** Scores vectors that lie row after row in the order of the papers. */
  readonly score: (vectors: Float32Array, dimensions: number) => Promise<BenchmarkScores>;
}

/**
 * Opens the val split of a benchmark, to be scored while a model is trained. There is no other way than val: who chooses a model by the
 * test split has no test left.
 * @param tasks by name
 * @throws ScidocsError `NOT_FOUND`, `USAGE`, `BAD_INPUT`
 */
export async function openWatchedBenchmark(
  folder: string,
  tasks: readonly string[],
  threads: number,
  control: RunControl = {},
): Promise<WatchedBenchmark> {
  const dataset = await openDataset(folder);
  const plan = planSuite(dataset, { tasks, split: "val", texts: true, groups: null });
  const reading = readSuite(dataset, plan.tasks, "val");
  const texts = new Map(
    (await reading.texts(control)).flatMap(({ papers }) => papers.map((paper) => [paper.id, paper] as const)),
  );
  if (texts.size === 0) {
    throw new ScidocsError(
      "BAD_INPUT",
      `${folder}: its metadata have none of the papers that ${tasks.join(", ")} need`,
    );
  }
  const papers = [...texts.values()].map(({ id, title, abstract }) => ({
    id,
    title: title ?? "",
    abstract: abstract ?? "",
  }));
  return {
    papers: {
      name: dataset.suite.id,
      tasks: plan.tasks.map(({ id }) => id),
      sha256: (await reading.hashes(control)).sha256,
      papers,
    },
    score: async (vectors, dimensions) => {
      const table = vectorTable(
        papers.map(({ id }) => id),
        dimensions,
        vectors,
      );
      const results = await scoreSuite(plan, reading, forAllGroups(table), { threads }, null, control);
      const scores = Object.entries(scoresOf(dataset.suite, results.tasks)).flatMap(([column, value]) =>
        value === null || column === averageColumnId ? [] : [[column, value] as const],
      );
      const sum = scores.reduce((total, [, value]) => total + value, 0);
      return { values: Object.fromEntries(scores), mean: sum / Math.max(1, scores.length) };
    },
  };
}
