import { readdir, readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { type DatasetReading, openReading } from "../datasets/reading.ts";
import { readTitles } from "../datasets/titles.ts";
import { ScidocsError } from "../errors.ts";
import { beginsAs } from "../files/foreignFiles.ts";
import { statsIfThere } from "../files/isThere.ts";
import { refuseOverlap, requireOutputs } from "../files/overlap.ts";
import { writeWhole } from "../files/writeWhole.ts";
import type { RunControl } from "../progress.ts";
import { withDates, withRankMarks } from "../report/rankMarks.ts";
import { recordName, scoreTable } from "../report/scoreTable.ts";
import { compareRecords, type RecordComparison } from "../results/compare/comparison.ts";
import { comparePairwise, whyNotRankable } from "../results/compare/pairwise.ts";
import { scoreIntervals } from "../results/compare/scoreIntervals.ts";
import { readRecord } from "../results/record.ts";
import type { RunRecord } from "../results/schema.ts";
import { type Dataset, filesOfDataset, openDataset } from "../suites/dataset.ts";
import { labelFiles } from "../suites/suite.ts";
import { suiteOf } from "../suites/suites.ts";
import { resultOf } from "../tasks/families.ts";
import type { JudgedCandidates } from "../tasks/familyReport.ts";
import { builtFile } from "../threads/builtFile.ts";
import type { CliContext } from "./context.ts";
import { examples } from "./help.ts";
import { isFolder, trainingReport } from "./trainingReport.ts";

interface ReportFlags {
  readonly output: string;
  readonly data?: string;
  readonly published: boolean;
  readonly maxSize: number;
  readonly force: boolean;
}

/** Records up to which every pair is tested and every record held against the first in full. */
const comparedRecords = 6;

function megabytes(text: string): number {
  const value = Number(text);
  if (!(value >= 0.5)) throw new InvalidArgumentError("Expected a number of megabytes, at least 0.5.");
  return value;
}

/** Refuses a dataset that is not the one of the records: its titles would stand at other papers. */
async function requireSameFile(
  dataset: Dataset,
  files: DatasetReading,
  path: string,
  records: readonly RunRecord[],
  control: RunControl,
): Promise<void> {
  const { sha256 } = await files.hash(path, control);
  for (const record of records) {
    const recorded = record.dataset.files.find((file) => file.path === path);
    if (recorded === undefined || recorded.sha256 === sha256) continue;
    throw new ScidocsError(
      "BAD_INPUT",
      `--data ${dataset.folder}: its ${path} is not the one that ${record.model.name} was scored on; give the folder of the run, or leave --data out`,
    );
  }
}

interface Texts {
  readonly judged: ReadonlyMap<string, readonly JudgedCandidates[]>;
  readonly titles: ReadonlyMap<string, string>;
}

async function readTexts(dataset: Dataset | null, records: readonly RunRecord[], control: RunControl): Promise<Texts> {
  const judged = new Map<string, readonly JudgedCandidates[]>();
  const [first] = records;
  if (dataset === null || first === undefined) return { judged, titles: new Map() };
  const ids = new Set<string>();
  const files = openReading(dataset.folder);
  for (const task of dataset.suite.tasks) {
    const { queries } = task.family.report;
    const paths = labelFiles(task, first.split);
    const ranIn = records.some((record) => resultOf(task.family, record.tasks[task.id]) !== null);
    if (queries === undefined || !ranIn || paths.some((path) => !dataset.files.has(path))) continue;
    const lists = queries.judged(await task.family.read(files, task, first.split));
    for (const path of paths) await requireSameFile(dataset, files, path, records, control);
    judged.set(task.id, lists);
    for (const query of lists) for (const id of [query.queryId, ...query.candidateIds]) ids.add(id);
  }
  return { judged, titles: await readTitles(dataset, ids, control) };
}

async function compareWithFirst(
  records: readonly RunRecord[],
  control: RunControl,
): Promise<(RecordComparison | null)[]> {
  const [first, ...others] = records;
  const comparisons: (RecordComparison | null)[] = [];
  for (const [index, other] of others.entries()) {
    if (first === undefined || index + 1 >= comparedRecords) break;
    comparisons.push(whyNotRankable([first, other]) === null ? await compareRecords(first, other, {}, control) : null);
  }
  return comparisons;
}

/** The page's own script and style sheet, as built. */
async function pageClient(): Promise<{ script: string; style: string }> {
  const asset = (name: string): Promise<string> =>
    readFile(builtFile(import.meta.url, `../report/client/${name}`), "utf8");
  return { script: await asset("report.js"), style: await asset("report.css") };
}

async function writePage(text: string, flags: ReportFlags, context: CliContext): Promise<void> {
  if (flags.output === "-") {
    context.stdout(text);
    return;
  }
  const target = resolve(context.cwd, flags.output);
  await writeWhole(target, text);
  context.stderr(`report: ${relative(context.cwd, target)} (${(Buffer.byteLength(text) / 1e6).toFixed(2)} MB)\n`);
}

/** Flags that say something of records' pages, which a training's page has nothing of. */
const recordFlags = ["data", "published", "maxSize", "force"];

/**
 * Refuses a training's page with what is not of it.
 * @throws ScidocsError `USAGE`
 */
async function requireTrainingAlone(folder: string, paths: readonly string[], target: string | null, given: Command) {
  if (paths.length > 1) {
    throw new ScidocsError(
      "USAGE",
      `${folder} is a folder: a training has a page of its own; name run records, or it alone`,
    );
  }
  const [without] = given.options.filter(
    (option) =>
      recordFlags.includes(option.attributeName()) && given.getOptionValueSource(option.attributeName()) === "cli",
  );
  if (without !== undefined) {
    throw new ScidocsError(
      "USAGE",
      `${without.long}: has no effect on the page of a training, ${folder}; leave it out`,
    );
  }
  if (target === null) return;
  // All of a training's files have been written by it alone, and none is a page.
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const own = entries.filter((entry) => entry.isFile() && !/\.html?$/.test(entry.name));
  await refuseOverlap(
    [target],
    own.map((entry) => join(entry.parentPath, entry.name)),
  );
}

/**
 * Refuses to replace a file that nobody named, unless it is a page of this program: other programs call theirs the same.
 * @throws ScidocsError `BAD_INPUT`
 */
async function refuseForeignPage(target: string): Promise<void> {
  if ((await statsIfThere(target))?.isFile() !== true || beginsAs(target, /name="generator" content="scidocs"/)) return;
  throw new ScidocsError("BAD_INPUT", `${target}: is there already and is no page of scidocs; name the page with -o`);
}

async function report(
  paths: readonly string[],
  flags: ReportFlags,
  given: Command,
  context: CliContext,
): Promise<void> {
  const target = flags.output === "-" ? null : resolve(context.cwd, flags.output);
  if (target !== null) {
    await requireOutputs([target], paths);
    if (given.getOptionValueSource("output") !== "cli") await refuseForeignPage(target);
  }
  for (const path of paths) {
    if (!(await isFolder(path))) continue;
    await requireTrainingAlone(path, paths, target, given);
    await writePage(await trainingReport(path, await pageClient()), flags, context);
    return;
  }
  const control = { onProgress: context.onProgress, signal: context.signal };
  const records: RunRecord[] = [];
  for (const [index, path] of paths.entries()) {
    context.onProgress({ stage: "reading records", done: index, total: paths.length, unit: "records" });
    records.push(await readRecord(path));
  }
  context.onProgress({ stage: "reading records", done: paths.length, total: paths.length, unit: "records" });
  const why = whyNotRankable(records);
  if (why !== null && !flags.force) {
    throw new ScidocsError(
      "BAD_INPUT",
      `these records do not belong on one page: ${why}. Give --force to put them there all the same.`,
    );
  }
  const dataset = flags.data === undefined ? null : await openDataset(flags.data, suiteOf(records));
  if (dataset !== null && target !== null) await refuseOverlap([target], filesOfDataset(dataset));
  const texts = await readTexts(dataset, records, control);
  let table = scoreTable(records, flags.published ? suiteOf(records).published() : []);
  if (why === null && records.length > 1) {
    table = withRankMarks(
      table,
      records.length <= comparedRecords ? await comparePairwise(records, {}, control) : null,
    );
  }
  if (new Set(records.map((record) => recordName(record))).size < records.length) table = withDates(table, records);
  const entries = [];
  for (const record of records) entries.push({ record, intervals: await scoreIntervals(record, {}, control) });
  const comparisons = await compareWithFirst(records, control);
  // The drawing library is loaded for this command only: it costs half a second.
  const { reportPage } = await import("../report/html/reportPage.ts");
  const page = await reportPage(
    {
      records: entries,
      table,
      comparisons,
      client: await pageClient(),
      judged: texts.judged,
      titleOf: (id) => texts.titles.get(id) ?? null,
      maxBytes: flags.maxSize * 1e6,
    },
    control,
  );
  if (page.queriesWithoutTitles > 0) {
    context.stderr(
      `candidates' titles of ${page.queriesWithoutTitles} queries are left out to keep the page below ${flags.maxSize} MB (--max-size)\n`,
    );
  }
  await writePage(page.text, flags, context);
  if (Buffer.byteLength(page.text) > flags.maxSize * 1e6) {
    context.stderr(`the page is larger than ${flags.maxSize} MB (--max-size), for its records alone take as much\n`);
  }
}

/** `scidocs report`: records, or a training, as one page to look at, self-contained. */
export function reportCommand(context: CliContext): Command {
  return new Command("report")
    .description("write run records, or the curves of a training, as one self-contained HTML page")
    .argument("<record...>", "run records, the first of which the others are compared with; or a training's folder")
    .option("-o, --output <file>", "where to write the page; - for standard output", "report.html")
    .option("--data <folder>", "the SciDocs folder, for titles of queries and candidates")
    .option("--published", "add the published rows to the table", false)
    .option("--max-size <mb>", "megabytes the page may weigh; titles are left out to keep to it", megabytes, 3)
    .option("--force", "put records on one page that are not comparable", false)
    .addHelpText(
      "after",
      examples([
        ["scidocs report new.json -o report.html --data data", "one run, with the titles of queries and candidates"],
        ["scidocs report old.json new.json --data data", "two models side by side, query by query"],
        ["scidocs report results/specter-*.json", "several records of one model: its history"],
        ["scidocs report model-output", "a training, while it goes on or after it: its curves"],
      ]),
    )
    .action((paths: string[], flags: ReportFlags, given: Command) => report(paths, flags, given, context));
}
