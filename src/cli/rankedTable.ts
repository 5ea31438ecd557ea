import { withDates, withRankMarks } from "../report/rankMarks.ts";
import { recordName, type ScoreTable, scoreTable } from "../report/scoreTable.ts";
import type { RunRecord } from "../results/schema.ts";
import type { PublishedRow } from "../suites/suite.ts";
import type { CliContext } from "./context.ts";

/**
 * Records as rows of one table, with the best values and the letters of what they are significantly better than, where the records may
 * stand in one ranking. Rows of one name are told apart by their dates.
 * @param show `letters`: whether pairs are tested; `dates`: whether every row is told by its date
 */
export async function rankedTable(
  records: readonly RunRecord[],
  published: readonly PublishedRow[],
  show: { readonly letters: boolean; readonly dates: boolean },
  context: CliContext,
): Promise<ScoreTable> {
  const table = await ranked(scoreTable(records, published), records, show.letters, context);
  const names = new Set(records.map((record) => recordName(record)));
  return show.dates || names.size < records.length ? withDates(table, records) : table;
}

async function ranked(
  table: ScoreTable,
  records: readonly RunRecord[],
  letters: boolean,
  context: CliContext,
): Promise<ScoreTable> {
  if (records.length < 2) return table;
  // One record is never tested: it need not wait for the statistics to be loaded.
  const { comparePairwise, whyNotRankable } = await import("../results/compare/pairwise.ts");
  const why = whyNotRankable(records);
  if (why !== null)
    return { ...table, notes: [`Nothing is marked as best, for the rows are not comparable. ${why}.`, ...table.notes] };
  if (!letters) return withRankMarks(table, null);
  const pairwise = await comparePairwise(records, {}, { onProgress: context.onProgress, signal: context.signal });
  return withRankMarks(table, pairwise.tests === 0 ? null : pairwise);
}
