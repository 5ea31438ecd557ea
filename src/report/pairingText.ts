import { familiesOf, type Suite } from "../suites/suite.ts";

/** Names in a row: "a, b and c". */
function listed(names: readonly string[], word: string): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} ${word} ${names.at(-1)}`;
}

/**
 * What a suite's results are paired over, the units of the most columns first: "queries, papers and clicks".
 * @param word before the last: "and", "or"
 */
export function pairingUnits(suite: Suite, word: string): string {
  const columnsOf = new Map<string, number>();
  for (const [{ columns, comparison }, tasks] of familiesOf(suite)) {
    columnsOf.set(comparison.unit, (columnsOf.get(comparison.unit) ?? 0) + columns.length * tasks.length);
  }
  return listed(
    [...columnsOf].toSorted(([, x], [, y]) => y - x).map(([unit]) => unit),
    word,
  );
}

/** In brackets, the tasks whose training seeds are drawn along; empty where there are none. `how` stands behind their names. */
export function seedsText({ tasks }: Suite, how: string): string {
  const names = tasks.filter(({ family }) => family.comparison.seedCount !== undefined).map(({ id }) => id);
  return names.length === 0 ? "" : ` (${names.join(", ")} ${how})`;
}

/** What a reader must know of the families' resamples, in sentences with a blank before each. */
export function pairingNotes(suite: Suite): string {
  return [...familiesOf(suite).keys()]
    .map(({ comparison: { note } }) => (note === undefined ? "" : ` ${note}`))
    .join("");
}
