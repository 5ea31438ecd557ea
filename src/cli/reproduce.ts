import { join } from "node:path";
import { Command, Option } from "commander";
import { z } from "zod";
import { carryOutBenchmark, planBenchmark } from "../benchmark/runBenchmark.ts";
import { filesSource } from "../benchmark/sources/files.ts";
import { fileError, firstFew, ScidocsError } from "../errors.ts";
import { parseExactJson } from "../files/exactJson.ts";
import { isThere } from "../files/isThere.ts";
import { readTextFile } from "../files/textFile.ts";
import { requireWritable } from "../files/writablePlace.ts";
import { printable } from "../printable.ts";
import { matchPublished } from "../report/publishedMatch.ts";
import { besidePublished, defaultTolerancePercent, type PublishedColumn } from "../results/publishedColumns.ts";
import type { RunRecord } from "../results/schema.ts";
import { openDataset } from "../suites/dataset.ts";
import { averageColumnId, type PublishedRow, type Reproduction, type Suite } from "../suites/suite.ts";
import { defaultSuite } from "../suites/suites.ts";
import type { CliContext } from "./context.ts";
import { addStoreFlags, pullWithFlags, type StoreFlags } from "./dataPull.ts";
import { keepRecord, tellRecord } from "./finishRun.ts";
import { number, numpySeed, threadCount, wholeNumber } from "./flagParsers.ts";
import { examples } from "./help.ts";
import { checkFilesOutput } from "./score.ts";
import { givenFlags, refuseWithoutEffect } from "./withoutEffect.ts";

const suite = defaultSuite;

/** The published vectors, and the row that they belong to. */
const published = reproductionOf(suite);

function reproductionOf({ id, reproduction }: Suite): Reproduction {
  if (reproduction === null) throw new RangeError(`the suite ${id} has no published vectors`);
  return reproduction;
}

/** What a row of one's own looks like. */
const rowForm = `{"model": "…", "scores": {"${suite.examples.column}": ${suite.examples.percent.toFixed(1)}, …}}`;

interface ReproduceFlags extends StoreFlags {
  readonly pull: boolean;
  readonly expect: string;
  readonly row?: string;
  readonly tolerance: number;
  readonly seeds: number;
  readonly seed?: number;
  readonly threads?: number;
  readonly record?: string;
  readonly force: boolean;
}

/** `scidocs reproduce`: the published vectors, pulled, scored, and held against their published row. */
export function reproduceCommand(context: CliContext): Command {
  return addStoreFlags(
    new Command("reproduce").description(
      "pull the published SPECTER vectors, score them, and compare all columns with the published row",
    ),
  )
    .option("--no-pull", "take what the folder has; the network is not used")
    .option("--expect <model>", "published row to compare with", published.row)
    .option("--row <file.json>", `a row of your own instead: ${rowForm}`)
    .addOption(
      new Option("--tolerance <percent>", "largest difference that counts as the same")
        .argParser(number(0))
        .default(defaultTolerancePercent),
    )
    .addOption(
      new Option("--seeds <n>", "how often the recommendation network is trained").argParser(wholeNumber(1)).default(5),
    )
    .addOption(new Option("--seed <n>", "seed of the first training, the others follow").argParser(numpySeed))
    .addOption(new Option("--threads <n>", "worker threads (default: all cores)").argParser(threadCount))
    .option("-o, --record <file>", "where the run record goes (default: results/MODEL-DATA-SPLIT.json)")
    .option("--force", "let -o replace the record of another model", false)
    .addHelpText(
      "after",
      examples([
        ["scidocs reproduce", "pull into ./data what is missing, then all columns; exit 4 when one is off"],
        ["scidocs reproduce --no-pull --data /mnt/scidocs", "the same from files that are there"],
      ]),
    )
    .action((_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ReproduceFlags>();
      const given = givenFlags(command);
      if (!flags.pull) {
        const ofPulling = ["from", "prefix", "jobs", "overwrite", "maxWait"];
        refuseWithoutEffect(given, ofPulling, "with --no-pull nothing is fetched");
      }
      if (flags.row !== undefined) refuseWithoutEffect(given, ["expect"], "--row is the row to compare with");
      return reproduce(context, flags);
    });
}

async function reproduce(context: CliContext, flags: ReproduceFlags): Promise<void> {
  const row = flags.row === undefined ? publishedRow(flags.expect) : await readRow(flags.row);
  if (flags.record !== undefined) await requireWritable(flags.record);
  if (flags.pull) await pullWithFlags(context, flags, published.parts);
  const dataset = await openDataset(flags.data);
  const folder = join(flags.data, published.folder);
  const files = Object.fromEntries(
    suite.vectorGroups.map(({ id: group }) => {
      const file = join(folder, `${group}.jsonl`);
      if (!isThere(file)) {
        throw new ScidocsError(
          "NOT_FOUND",
          `${file}: the published vectors are not there; leave out --no-pull to get them`,
        );
      }
      return [group, [file]];
    }),
  );
  const request = { seeds: flags.seeds, firstSeed: flags.seed, threads: flags.threads };
  const control = { onProgress: context.onProgress, signal: context.signal };
  const source = filesSource(files, { name: row.model, threads: flags.threads });
  const plan = await planBenchmark(dataset, source, request, control);
  await checkFilesOutput(context, flags, plan, control, flags.row === undefined ? [] : [flags.row]);
  const { record } = await carryOutBenchmark(plan, control);
  const kept = await keepRecord(context, record, flags);
  const matches = besidePublished(record, row, flags.tolerance);
  context.stdout(matchTable(matches, row, record));
  tellRecord(context, record, kept);
  if (matches.some((match) => match.decided && !match.matches)) {
    for (const reason of matchPublished(record, row).reasons) context.stderr(`likely reason: ${reason}\n`);
  }
  judge(matches, row);
}

function publishedRow(model: string): Pick<PublishedRow, "model" | "source" | "scores"> {
  const rows = suite.published();
  const row = rows.find((one) => one.model === model);
  if (row !== undefined) return row;
  throw new ScidocsError(
    "USAGE",
    `--expect ${model}: no such row; there are ${rows.map((one) => one.model).join(", ")}`,
  );
}

const rowSchema = z.object({
  model: z.string(),
  source: z.string().optional(),
  scores: z.record(z.string(), z.number()),
});

async function readRow(file: string): Promise<Pick<PublishedRow, "model" | "source" | "scores">> {
  const parsed = rowSchema.safeParse(parseExactJson(await readTextFile(file), file));
  if (!parsed.success) {
    throw fileError(file, null, `is no row: expected ${rowForm}`, parsed.error);
  }
  const columns = [...suite.columns.map(({ id }) => id), averageColumnId];
  const unknown = Object.keys(parsed.data.scores).filter((id) => !columns.includes(id));
  if (unknown.length > 0) {
    throw fileError(
      file,
      null,
      `has scores of no column (${firstFew(unknown)}); the columns are ${columns.join(", ")}`,
    );
  }
  if (Object.keys(parsed.data.scores).length === 0) throw fileError(file, null, "has no score to compare with");
  const { model, source = file } = parsed.data;
  return { ...parsed.data, model: printable(model), source: printable(source, 300) };
}

/** One line a column: ours, published, verdict. */
function matchTable(
  matches: readonly PublishedColumn[],
  row: Pick<PublishedRow, "model" | "source">,
  record: Pick<RunRecord, "spread">,
): string {
  const shown = (value: number | null): string => (value === null ? "—" : value.toFixed(2)).padStart(9);
  const lines = matches.map((match) => {
    const spread = record.spread[match.id];
    const beside = spread === undefined ? "" : ` (± ${spread.toFixed(2)} over seeds)`;
    return `${match.id.padEnd(13)}${shown(match.oursPercent)}${shown(match.publishedPercent)}   ${verdict(match)}${beside}\n`;
  });
  return `${"column".padEnd(13)}${"here".padStart(9)}${"published".padStart(9)}\n${lines.join("")}published: ${row.model}, ${row.source}\n`;
}

function verdict(match: PublishedColumn): string {
  if (match.differencePercent === null) return match.oursPercent === null ? "did not run" : "not published";
  if (!match.decided) return "one seed does not decide it";
  if (match.matches) return "matches";
  return `off by ${match.differencePercent > 0 ? "+" : ""}${match.differencePercent.toFixed(2)}`;
}

/** @throws ScidocsError `COVERAGE` when a column did not run or was trained from one seed, `GATE` when one is off */
function judge(matches: readonly PublishedColumn[], row: Pick<PublishedRow, "model">): void {
  const compared = matches.filter((match) => match.publishedPercent !== null);
  const missing = compared.filter((match) => match.oursPercent === null).map((match) => match.id);
  if (missing.length > 0) throw new ScidocsError("COVERAGE", `columns that did not run: ${missing.join(", ")}`);
  const off = compared.filter((match) => match.decided && !match.matches).map((match) => match.id);
  const undecided = compared.filter((match) => !match.decided).map((match) => match.id);
  if (off.length === 0 && undecided.length > 0) {
    throw new ScidocsError(
      "COVERAGE",
      `columns that one seed does not decide: ${undecided.join(", ")}; give --seeds 5`,
    );
  }
  if (off.length === 0) return;
  throw new ScidocsError("GATE", `${off.length} of ${compared.length} columns are off ${row.model}: ${off.join(", ")}`);
}
