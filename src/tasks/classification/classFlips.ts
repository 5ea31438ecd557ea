import { againstFirst, type ItemGroup } from "../againstFirst.ts";
import type { ItemSection } from "../familyReport.ts";
import type { FamilyTask } from "../familyTask.ts";
import type { ClassificationResult } from "./classificationResult.ts";

/** Papers shown of one pair of records; the losses come first. */
const shownPapers = 30;

/** Papers that one record has right and the other wrong; null where there are none or the two share no paper. */
function flips(
  label: string,
  a: ClassificationResult,
  b: ClassificationResult,
  pair: readonly [number, number],
): ItemGroup | null {
  const nameOf = (result: ClassificationResult, value: number): string =>
    result.classes.find((known) => known.label === value)?.name ?? `class ${value}`;
  const inB = new Map(b.rows.paper.map((paper, index) => [paper, index]));
  const lost: string[][] = [];
  const gained: string[][] = [];
  for (const [index, paper] of a.rows.paper.entries()) {
    const other = inB.get(paper);
    const [truth, before] = [a.rows.truth[index]!, a.rows.prediction[index]!];
    const after = other === undefined ? undefined : b.rows.prediction[other];
    if (after === undefined || (before === truth) === (after === truth)) continue;
    const row = [paper, nameOf(a, truth), nameOf(a, before), nameOf(b, after)];
    (before === truth ? lost : gained).push(row);
  }
  const all = [...lost.map((row) => [...row, "lost"]), ...gained.map((row) => [...row, "gained"])];
  if (all.length === 0) return null;
  const left = all.length > shownPapers ? `; the first ${shownPapers} are shown` : "";
  return {
    label,
    records: pair,
    summary: `${lost.length} papers lost, ${gained.length} gained${left}`,
    heads: ["Paper", "Truth", "A", "B", ""],
    rows: all.slice(0, shownPapers),
    numbers: 0,
  };
}

/** The papers whose class flipped between right and wrong, of each further record against the first. */
export function flipSection(
  tasks: readonly FamilyTask[],
  results: readonly (readonly (ClassificationResult | null)[])[],
): ItemSection | null {
  const groups = againstFirst(tasks, results, flips);
  if (groups.length === 0) return null;
  return {
    form: "items",
    id: "flips",
    name: "Flipped papers",
    title: "Papers whose class flipped",
    caption: "Right in one record and wrong in the other.",
    groups,
  };
}
