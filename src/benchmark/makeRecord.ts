import type { Dataset } from "../datasets/dataset.ts";
import { hashDataset } from "../datasets/hashDataset.ts";
import type { RunControl } from "../progress.ts";
import { type RunRecord, schemaVersion } from "../results/schema.ts";
import { scoresOf, spreadOf } from "../suites/scidocs/scidocs.ts";
import { versions } from "./diagnosis.ts";
import type { ScoringOptions, SuiteResults } from "./scoreSuite.ts";
import type { SuitePlan } from "./suitePlan.ts";
import type { ModelFacts } from "./vectorSource.ts";

/** What a record is made of beside the results. */
export interface RecordParts {
  readonly dataset: Dataset;
  readonly plan: SuitePlan;
  readonly model: ModelFacts;
  readonly options: ScoringOptions;
  readonly results: SuiteResults;
  /** Settings of the embedding, where there was one. */
  readonly settings: RunRecord["settings"];
  readonly notes: readonly string[];
  /** Timings of what came before the tasks. */
  readonly timings: RunRecord["timings"];
  /** Whether the papers' texts were read. */
  readonly texts: boolean;
}

/** Assembles the record of a run; reads the dataset's files once more for their hashes. */
export async function makeRecord(parts: RecordParts, control: RunControl = {}): Promise<RunRecord> {
  const { dataset, plan, results } = parts;
  const hashed = await hashDataset(dataset, plan.tasks, plan.split, { texts: parts.texts }, control);
  return {
    schemaVersion,
    createdAt: new Date().toISOString(),
    model: parts.model,
    dataset: { name: dataset.name, files: hashed.files, sha256: hashed.sha256, synthetic: dataset.synthetic },
    split: plan.split,
    settings: { ...scoringSettings(parts), ...parts.settings },
    scores: scoresOf(results.tasks),
    spread: spreadOf(results.tasks),
    tasks: results.tasks,
    notes: [...parts.notes, ...results.notes],
    versions: versions(),
    timings: [...parts.timings, ...results.timings],
  };
}

/** The options that changed a number of this run; those of tasks that did not run are left out. */
function scoringSettings({ plan, options, results }: RecordParts): RunRecord["settings"] {
  const settings: RunRecord["settings"] = { tasks: plan.tasks.join(",") };
  for (const result of Object.values(results.tasks)) {
    if (result.kind === "classification") {
      settings.classifier = result.classifier;
      settings.solver = result.solver;
    } else if (result.kind === "recommendation") {
      settings.seeds = result.seeds.length;
      settings.seed = result.seeds[0]?.seed ?? options.firstSeed ?? null;
    }
  }
  return settings;
}
