import { resolveApiModel } from "../embed/apis/apiModels.ts";
import { locateModel } from "../encoders/modelFiles.ts";
import { type ErrorCode, ScidocsError } from "../errors.ts";
import { formatTable } from "../report/tableFormats.ts";
import type { RunRecord } from "../results/schema.ts";
import type { Dataset } from "../suites/dataset.ts";
import type { CliContext } from "./context.ts";
import type { ModelFlags } from "./encoderFlags.ts";
import { keepRecord, requireCoverage, tellRecord } from "./finishRun.ts";
import { rankedTable } from "./rankedTable.ts";
import { type RunModelFlags, runModel } from "./runModel.ts";

/** One of several models: what `--model` takes, and the flags that are its own. */
export interface ModelToRun {
  readonly argument: string;
  readonly flags: Partial<ModelFlags> & { readonly name?: string | undefined };
}

/** A model that came to nothing, or to less than was asked. */
interface Failure {
  readonly argument: string;
  readonly error: unknown;
}

/**
 * Runs models one after the other on one dataset, and ends with one table that says which are significantly better than which. One that
 * fails is said at once and costs the others nothing.
 * @throws ScidocsError of the first failure's code when any failed, after the table; `INTERRUPTED` at once
 */
export async function runModels(
  context: CliContext,
  dataset: Dataset,
  models: readonly ModelToRun[],
  flags: RunModelFlags,
): Promise<void> {
  refuseFlagsOfOne(flags);
  const failures: Failure[] = [];
  const records: RunRecord[] = [];
  const attempt = async (argument: string, work: () => Promise<void> | void): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      if (context.signal.aborted) throw error;
      failures.push({ argument, error });
      context.stderr(`${argument}: ${messageOf(error)}\n`);
      return false;
    }
  };
  const there: ModelToRun[] = [];
  for (const model of models) {
    // A name that is mistyped is said before the first model is run.
    if (await attempt(model.argument, () => requireModel(model.argument, flags))) there.push(model);
  }
  for (const [index, { argument, flags: own }] of there.entries()) {
    context.stderr(`${index + 1} of ${there.length}: ${argument}\n`);
    const ofModel = { ...flags, ...own };
    await attempt(argument, () =>
      runModel(context, dataset, argument, ofModel, async (record) => {
        records.push(record);
        tellRecord(context, record, await keepRecord(context, record, ofModel));
        if (flags.minCoverage !== undefined) requireCoverage(record, flags.minCoverage);
      }),
    );
  }
  if (records.length > 0) {
    const published = flags.published ? dataset.suite.published() : [];
    const table = await rankedTable(records, published, { letters: true, dates: false }, context);
    context.stdout(formatTable(table, flags.format, { columns: context.columns, color: context.color }));
  }
  throwFailures(failures, models.length);
}

/** @throws ScidocsError `NOT_FOUND` or `USAGE` when `--model` cannot take an argument */
export function requireModel(argument: string, { apiUrl, insecure }: Pick<RunModelFlags, "apiUrl" | "insecure">): void {
  if (resolveApiModel(argument, { apiUrl, insecure }) === null) locateModel(argument);
}

/** Flags that name one place or one model. */
function refuseFlagsOfOne(flags: RunModelFlags): void {
  const given = [
    ...(flags.record === undefined ? [] : ["-o"]),
    ...(flags.name === undefined ? [] : ["--name"]),
    ...(flags.exportRuns === undefined ? [] : ["--export-runs"]),
  ];
  if (given.length === 0) return;
  throw new ScidocsError(
    "USAGE",
    `${given.join(", ")}: for one model only; records of several go to results/, and names stand in scidocs.config.json`,
  );
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function throwFailures(failures: readonly Failure[], models: number): void {
  const [first] = failures;
  if (first === undefined) return;
  // A crash is a bug, and its stack is worth more than a list of names.
  const crash = failures.find(({ error }) => !(error instanceof ScidocsError));
  if (crash !== undefined) throw crash.error;
  const code: ErrorCode = first.error instanceof ScidocsError ? first.error.code : "BAD_INPUT";
  const names = failures.map(({ argument }) => argument).join(", ");
  throw new ScidocsError(code, `${failures.length} of ${models} models failed: ${names} (the reasons stand above)`);
}
