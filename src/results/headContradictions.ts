import { combinedSha256 } from "../files/hashFiles.ts";
import { ownValue } from "../ownValue.ts";
import { labelFiles, type Suite } from "../suites/suite.ts";
import { resultOf } from "../tasks/families.ts";
import type { RunRecord } from "./schema.ts";

/** What a record says twice: of the model, and among the settings of its run. */
const saidTwice = ["recipe", "pooling", "precision", "provider", "maxLength"] as const;

const isSaid = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

/** Hashes that do not follow from the files that they are of, and settings that say another thing than the model. */
export function identityContradictions({ model, dataset, settings }: RunRecord): string[] {
  const found: string[] = [];
  if (dataset.sha256 !== combinedSha256(dataset.files)) found.push("dataset.sha256 does not follow from dataset.files");
  if (model.files.length > 0 && model.sha256 !== combinedSha256(model.files)) {
    found.push("model.sha256 does not follow from model.files");
  }
  for (const name of saidTwice) {
    const [ofModel, ofRun] = [model[name], ownValue(settings, name)];
    if (isSaid(ofModel) && isSaid(ofRun) && ofModel !== ofRun) {
      found.push(`settings.${name} is ${ofRun}, and model.${name} ${ofModel}`);
    }
  }
  return found;
}

/** Tasks that ran without the files that they are scored from, and settings that are not those of their results. */
export function scoringContradictions(suite: Suite, { tasks, dataset, split, settings }: RunRecord): string[] {
  const paths = new Set(dataset.files.map(({ path }) => path));
  return suite.tasks.flatMap((task): string[] => {
    const result = resultOf(task.family, tasks[task.id]);
    if (result === null) return [];
    const missing = labelFiles(task, split).find((path) => !paths.has(path));
    const without = missing === undefined ? [] : [`tasks.${task.id} ran, and dataset.files has no ${missing}`];
    const odd = Object.entries(task.family.settings(result)).flatMap(([name, value]) => {
      const said = ownValue(settings, name);
      return said === undefined || said === value
        ? []
        : [`settings.${name} is ${said}, and tasks.${task.id} has ${value}`];
    });
    return [...without, ...odd];
  });
}
