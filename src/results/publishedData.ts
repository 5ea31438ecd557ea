import type { Suite } from "../suites/suite.ts";
import { ran, resultOf } from "../tasks/families.ts";
import type { RunRecord } from "./schema.ts";

/**
 * Why a record's data are not those that published rows are of, as a reader should see it; null where nothing speaks against them. Made-up
 * data and another split say it themselves; else files of another hash do, and tasks that judge another number of items.
 */
export function whyNotPublishedData(record: RunRecord, { label, tasks, sizes }: Suite): string | null {
  const { name, synthetic, files } = record.dataset;
  if (synthetic) return `${name} is made-up data`;
  if (record.split !== "test") return `this is the ${record.split} split, and published rows are of test`;
  const other = files.find(({ path, sha256 }) => (sizes.bytes[path]?.sha256 ?? sha256) !== sha256);
  if (other !== undefined) return `${name} is not ${label}: its ${other.path} is another file`;
  for (const { id, family } of tasks) {
    const expected = sizes.judged[id];
    const result = resultOf(family, record.tasks[id]);
    if (expected === undefined || !ran(result ?? undefined) || result === null) continue;
    const leftOut = "queriesLeftOut" in result ? result.queriesLeftOut : 0;
    const items = family.comparison.itemCount(result) + leftOut;
    if (items !== expected) {
      return `${name} is not ${label}: its ${id} judges ${items} ${family.comparison.unit}, and ${label} ${expected}`;
    }
  }
  return null;
}
