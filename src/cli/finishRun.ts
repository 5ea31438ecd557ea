import { join, relative } from "node:path";
import { ScidocsError } from "../errors.ts";
import { scoreTable } from "../report/scoreTable.ts";
import { formatTable, type TableFormat } from "../report/tableFormats.ts";
import { defaultRecordPath, type RecordPlace, refuseForeignRecord, writeRecord } from "../results/record.ts";
import type { RunRecord } from "../results/schema.ts";
import { suiteNamed } from "../suites/suites.ts";
import { ran } from "../tasks/families.ts";
import type { CliContext } from "./context.ts";

/** The flags that say where a record goes and how its table is shown. */
export interface OutputFlags {
  readonly record?: string;
  readonly force: boolean;
  readonly published: boolean;
  readonly format: TableFormat;
}

/**
 * Refuses an `-o` that holds another model's record; called before anything slow, with what is known of the run by then.
 * @throws ScidocsError `BAD_INPUT`
 */
export async function checkOutput(flags: OutputFlags, place: RecordPlace): Promise<void> {
  if (flags.record !== undefined && !flags.force) await refuseForeignRecord(flags.record, place);
}

/**
 * Writes the record, prints its table to stdout and, after both, judges the coverage.
 * @throws ScidocsError `COVERAGE` when a task had vectors for fewer of its papers than `minCoverage` percent
 */
export async function finishRun(
  context: CliContext,
  record: RunRecord,
  flags: OutputFlags & { readonly minCoverage?: number },
): Promise<void> {
  await checkOutput(flags, record);
  const path = flags.record ?? (await defaultRecordPath(join(context.cwd, "results"), record));
  await writeRecord(path, record);
  const table = scoreTable([record], flags.published ? suiteNamed(record.suite).published() : []);
  context.stdout(formatTable(table, flags.format, { columns: context.columns, color: context.color }));
  context.stderr(`record: ${relative(context.cwd, path) || path}\n`);
  if (flags.minCoverage !== undefined) requireCoverage(record, flags.minCoverage);
}

function requireCoverage(record: RunRecord, minPercent: number): void {
  const short = suiteNamed(record.suite).tasks.flatMap(({ id }) => {
    const result = record.tasks[id];
    if (!ran(result)) return [];
    const percent = (100 * result.papers.embedded) / Math.max(1, result.papers.expected);
    return percent < minPercent ? [`${id} ${percent.toFixed(2)} %`] : [];
  });
  if (short.length === 0) return;
  throw new ScidocsError(
    "COVERAGE",
    `papers with a vector are fewer than the ${minPercent} % asked for: ${short.join(", ")}`,
  );
}
