import type { RunControl } from "../progress.ts";
import type { RunRecord } from "../results/schema.ts";
import { schemaVersion } from "../results/schemaVersion.ts";
import { scoresOf, spreadOf } from "../suites/suite.ts";
import type { SuiteReading } from "../suites/suiteReading.ts";
import { resultOf } from "../tasks/families.ts";
import { versions } from "./diagnosis.ts";
import type { SuiteResults } from "./scoreSuite.ts";
import type { ModelFacts } from "./vectorSource.ts";

/** What a record is made of beside the results. */
export interface RecordParts {
  /** The data as they were read for the run. */
  readonly reading: SuiteReading;
  readonly model: ModelFacts;
  readonly results: SuiteResults;
  /** Settings of the embedding, where there was one. */
  readonly settings: RunRecord["settings"];
  readonly notes: readonly string[];
  /** Timings of what came before the tasks. */
  readonly timings: RunRecord["timings"];
}

/** Assembles the record of a run. */
export async function makeRecord(parts: RecordParts, control: RunControl = {}): Promise<RunRecord> {
  const { reading, results } = parts;
  const { dataset, split } = reading;
  const { suite } = dataset;
  const hashed = await reading.hashes(control);
  return {
    schemaVersion,
    suite: suite.id,
    createdAt: new Date().toISOString(),
    model: parts.model,
    dataset: { name: dataset.name, files: hashed.files, sha256: hashed.sha256, synthetic: dataset.synthetic },
    split,
    settings: { ...scoringSettings(parts), ...parts.settings },
    scores: scoresOf(suite, results.tasks),
    spread: spreadOf(suite, results.tasks),
    tasks: results.tasks,
    notes: [...parts.notes, ...results.notes],
    versions: versions(),
    timings: [...parts.timings, ...results.timings],
  };
}

/** The options that changed a number of this run; those of tasks that did not run are left out. */
function scoringSettings({ reading, results }: RecordParts): RunRecord["settings"] {
  const settings: RunRecord["settings"] = { tasks: reading.tasks.map(({ id }) => id).join(",") };
  for (const { id, family } of reading.tasks) {
    const result = resultOf(family, results.tasks[id]);
    if (result !== null) Object.assign(settings, family.settings(result));
  }
  return settings;
}
