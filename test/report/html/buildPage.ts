import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type ReportPage, reportPage } from "../../../src/report/html/reportPage.ts";
import { withRankMarks } from "../../../src/report/rankMarks.ts";
import { scoreTable } from "../../../src/report/scoreTable.ts";
import { compareRecords } from "../../../src/results/compare/comparison.ts";
import { scoreIntervals } from "../../../src/results/compare/scoreIntervals.ts";
import type { RunRecord } from "../../../src/results/schema.ts";
import { generator } from "../../../src/stats/random/generator.ts";
import { publishedRows } from "../../../src/suites/scidocs/published.ts";
import type { JudgedCandidates } from "../../../src/tasks/familyReport.ts";
import { builtFile } from "../../../src/threads/builtFile.ts";
import { paperId } from "../../results/recordBuilder.ts";

const rankingTasks: readonly string[] = ["co-view", "co-read", "cite", "co-cite"];
const asset = (name: string): string =>
  readFileSync(
    fileURLToPath(
      builtFile(new URL("../../../src/report/html/reportPage.ts", import.meta.url).href, `../client/${name}`),
    ),
    "utf8",
  );

/** Judgements that fit a made-up record: candidates of its queries, by position. */
export function judgedFor(record: RunRecord): Map<string, readonly JudgedCandidates[]> {
  return new Map(
    rankingTasks.flatMap((task): [string, readonly JudgedCandidates[]][] => {
      const result = record.tasks[task];
      if (result?.kind !== "ranking") return [];
      const queries = result.rows.query.map((queryId, index) => {
        const count = result.rows.order[index]?.length ?? 0;
        return {
          queryId,
          candidateIds: Array.from({ length: count }, (_, position) =>
            paperId(task, 1_000_000 + 100 * index + position),
          ),
          relevance: Int32Array.from({ length: count }, (_, position) => (position < 5 ? 1 : 0)),
        };
      });
      return [[task, queries]];
    }),
  );
}

const words =
  "graph neural network retrieval citation protein folding cohort randomised trial of for with learning deep patients outcomes sparse optimisation".split(
    " ",
  );

const titles = new Map<string, string>();

/** A title of eleven words, the same for the same id. */
export function madeUpTitle(id: string): string {
  const known = titles.get(id) ?? title(id);
  titles.set(id, known);
  return known;
}

function title(id: string): string {
  const random = generator(Number.parseInt(id.slice(0, 8), 16));
  return Array.from({ length: 11 }, () => words[Math.floor(words.length * random.uniform())]).join(" ");
}

/** A page of made-up records. */
export async function buildPage(
  records: readonly RunRecord[],
  options: { titleOf?: (id: string) => string | null; maxBytes?: number; published?: boolean } = {},
): Promise<ReportPage> {
  const entries = [];
  for (const record of records) entries.push({ record, intervals: await scoreIntervals(record, { resamples: 200 }) });
  const [first, ...others] = records;
  const comparisons = [];
  for (const other of others)
    if (first !== undefined) comparisons.push(await compareRecords(first, other, { resamples: 200 }));
  return reportPage({
    records: entries,
    table: withRankMarks(scoreTable(records, options.published ? publishedRows() : []), null),
    comparisons,
    client: { script: asset("report.js"), style: asset("report.css") },
    judged: options.titleOf === undefined || first === undefined ? new Map() : judgedFor(first),
    titleOf: options.titleOf ?? (() => null),
    maxBytes: options.maxBytes ?? 3e6,
  });
}
