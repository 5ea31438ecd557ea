import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { firstFew, ScidocsError } from "../errors.ts";
import { isThere } from "../files/isThere.ts";
import { refuseOverlap } from "../files/overlap.ts";
import { requireWritable } from "../files/writablePlace.ts";
import { printableJsonText } from "../printable.ts";
import { scoreTable } from "../report/scoreTable.ts";
import { formatTable, type TableFormat } from "../report/tableFormats.ts";
import { recordText, writeRecord } from "../results/record.ts";
import { defaultRecordPath, type RecordPlace, refuseForeignRecord } from "../results/recordPlace.ts";
import type { RunRecord } from "../results/schema.ts";
import { type Dataset, filesOfDataset } from "../suites/dataset.ts";
import { suiteNamed } from "../suites/suites.ts";
import { ran } from "../tasks/families.ts";
import type { CliContext } from "./context.ts";

/** The flags that say where a record goes and how its table is shown. */
export interface OutputFlags {
  readonly record?: string;
  readonly force: boolean;
  readonly published: boolean;
  readonly format: TableFormat;
  readonly exportRuns?: string;
}

/** Where the record goes; see {@link defaultRecordPath}. */
async function recordPath(
  context: CliContext,
  flags: Pick<OutputFlags, "record">,
  place: RecordPlace,
): Promise<string> {
  return flags.record ?? (await defaultRecordPath(join(context.cwd, "results"), place));
}

/**
 * Refuses what would keep a run from being written, before anything slow: a record's place that cannot be written, another model's
 * record there, an output that is one of the inputs.
 * @param place what is known of the record by then
 * @param inputs files that the run reads beside the dataset's
 * @param others files that it writes beside the record and the exported ones
 * @throws ScidocsError `BAD_INPUT` or `USAGE`
 */
export async function checkOutput(
  context: CliContext,
  flags: Pick<OutputFlags, "record" | "force" | "exportRuns">,
  place: RecordPlace & { readonly dataset: Dataset },
  inputs: readonly string[] = [],
  others: readonly string[] = [],
): Promise<void> {
  const path = await recordPath(context, flags, place);
  const outputs = [path, ...exportedFiles(flags.exportRuns, place)];
  for (const output of outputs) await requireWritable(output);
  await refuseOverlap([...outputs, ...others], [...inputs, ...filesOfDataset(place.dataset)]);
  if (flags.record !== undefined && !flags.force) await refuseForeignRecord(flags.record, place);
}

/** The files that `--export-runs` may write into its folder. */
function exportedFiles(
  folder: string | undefined,
  { dataset, split }: Pick<RecordPlace, "split"> & { readonly dataset: Dataset },
): string[] {
  if (folder === undefined) return [];
  const names = dataset.suite.tasks.flatMap((task) => task.family.exportNames?.(task, split) ?? []);
  return names.map((name) => join(folder, name));
}

/**
 * Writes the record, prints its table to stdout and, after both, judges the coverage. A record that cannot be written after all is kept
 * in the folder for temporary files, or printed where that takes none either: hours of work end in no empty hands.
 * @throws ScidocsError `COVERAGE` when a task had vectors for fewer of its papers than `minCoverage` percent; the writing's error
 */
export async function finishRun(
  context: CliContext,
  record: RunRecord,
  flags: OutputFlags & { readonly minCoverage?: number },
): Promise<void> {
  const kept = await keepRecord(context, record, flags);
  const table = scoreTable([record], flags.published ? suiteNamed(record.suite).published() : []);
  context.stdout(formatTable(table, flags.format, { columns: context.columns, color: context.color }));
  tellRecord(context, record, kept);
  tellEarlierExports(context, record, flags);
  if (flags.minCoverage !== undefined) requireCoverage(record, flags.minCoverage);
}

/** Says which files in the folder of exported runs are an earlier run's: together with the new ones they would be taken for one model's. */
function tellEarlierExports(context: CliContext, record: RunRecord, { exportRuns }: OutputFlags): void {
  if (exportRuns === undefined) return;
  const others = suiteNamed(record.suite).tasks.filter(({ id }) => !ran(record.tasks[id]));
  const files = others.flatMap((task) => task.family.exportNames?.(task, record.split) ?? []);
  const left = files.map((name) => join(exportRuns, name)).filter(isThere);
  if (left.length > 0) context.stderr(`${firstFew(left)}: left there by an earlier run, and not of this one\n`);
}

/**
 * Says where a record went; prints it where it went nowhere.
 * @throws ScidocsError what kept it from its own place
 */
export function tellRecord(context: CliContext, record: RunRecord, kept: Kept): void {
  if (kept.path === null) context.stdout(printableJsonText(recordText(record)));
  else if (kept.problem === null) context.stderr(`record: ${relative(context.cwd, kept.path) || kept.path}\n`);
  if (kept.problem !== null) throw kept.problem;
}

/** Where a record went in the end, null for nowhere, and what kept it from its own place. */
export interface Kept {
  readonly path: string | null;
  readonly problem: ScidocsError | null;
}

/**
 * Writes a record to its place, or to a place where it is not lost. Never throws what the writing threw.
 */
export async function keepRecord(
  context: CliContext,
  record: RunRecord,
  flags: Pick<OutputFlags, "record" | "force">,
): Promise<Kept> {
  try {
    const path = await recordPath(context, flags, record);
    if (flags.record !== undefined && !flags.force) await refuseForeignRecord(path, record);
    await writeRecord(path, record);
    return { path, problem: null };
  } catch (error) {
    if (!(error instanceof ScidocsError)) throw error;
    const rescue = join(tmpdir(), `scidocs-${randomBytes(4).toString("hex")}.json`);
    const path = await writeRecord(rescue, record).then(
      () => rescue,
      () => null,
    );
    const where = path === null ? "printed beneath the table" : `kept in ${path}`;
    const problem = new ScidocsError(error.code, `${error.message}; the record was ${where}`, { cause: error });
    return { path, problem };
  }
}

/** @throws ScidocsError `COVERAGE` */
export function requireCoverage(record: RunRecord, minPercent: number): void {
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
