import { resolveApiModel } from "../embed/apis/apiModels.ts";
import { locateModel } from "../encoders/modelFiles.ts";
import { type ErrorCode, ScidocsError } from "../errors.ts";
import { formatTable } from "../report/tableFormats.ts";
import { mostPairwise } from "../results/compare/resamples.ts";
import type { RunRecord } from "../results/schema.ts";
import type { Dataset } from "../suites/dataset.ts";
import type { CliContext } from "./context.ts";
import { embedTogether } from "./embedTogether.ts";
import { keepRecord, requireCoverage, tellRecord } from "./finishRun.ts";
import { rankedTable } from "./rankedTable.ts";
import { type ModelToRun, type RunModelFlags, runModel } from "./runModel.ts";
import { refuseWithoutEffect } from "./withoutEffect.ts";

/** A model that came to nothing, or to less than was asked. */
interface Failure {
  readonly label: string;
  readonly error: unknown;
}

/**
 * Runs models one after the other on one dataset, and ends with one table that says which are significantly better than which. Adapters of
 * one checkpoint are embedded together before. One that fails is said at once and costs the others nothing.
 * @throws ScidocsError of the first failure's code when any failed, after the table; `INTERRUPTED` at once
 */
export async function runModels(
  context: CliContext,
  dataset: Dataset,
  models: readonly ModelToRun[],
  flags: RunModelFlags,
): Promise<void> {
  refuseWithoutEffect(
    { ...flags },
    ["record", "name", "exportRuns"],
    "for one model only; records of several go to results/, and names stand in scidocs.config.json",
  );
  const failures: Failure[] = [];
  const records: RunRecord[] = [];
  const attempt = async (label: string, work: () => Promise<void> | void): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      if (context.signal.aborted) throw error;
      failures.push({ label, error });
      context.stderr(`${label}: ${messageOf(error)}\n`);
      return false;
    }
  };
  const there: ModelToRun[] = [];
  for (const model of models) {
    // A name that is mistyped is said before the first model is run.
    if (await attempt(labelOf(model), () => requireModel(model.argument, flags))) there.push(model);
  }
  const resolved = await embedTogether(context, dataset, there, flags);
  for (const [index, model] of there.entries()) {
    const { argument, flags: own } = model;
    context.stderr(`${index + 1} of ${there.length}: ${labelOf(model)}\n`);
    const ofModel = { ...flags, ...own };
    const finish = async (record: RunRecord): Promise<void> => {
      records.push(record);
      tellRecord(context, record, await keepRecord(context, record, ofModel));
      if (flags.minCoverage !== undefined) requireCoverage(record, flags.minCoverage);
    };
    await attempt(labelOf(model), () => runModel(context, dataset, argument, ofModel, finish, resolved.get(model)));
  }
  if (records.length > 0) {
    const published = flags.published ? dataset.suite.published() : [];
    const table = await rankedTable(
      records,
      published,
      { letters: records.length <= mostPairwise, dates: false },
      context,
    );
    context.stdout(formatTable(table, flags.format, { columns: context.columns, color: context.color }));
  }
  throwFailures(failures, models.length);
}

/** @throws ScidocsError `NOT_FOUND` or `USAGE` when `--model` cannot take an argument */
export function requireModel(argument: string, { apiUrl, insecure }: Pick<RunModelFlags, "apiUrl" | "insecure">): void {
  if (resolveApiModel(argument, { apiUrl, insecure }) === null) locateModel(argument);
}

/** A model as its flags named it. */
function labelOf({ argument, flags: { adapter } }: ModelToRun): string {
  return adapter === undefined ? argument : `${argument} --adapter ${[adapter].flat().join(" ")}`;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function throwFailures(failures: readonly Failure[], models: number): void {
  const [first] = failures;
  if (first === undefined) return;
  // A crash is a bug, and its stack is worth more than a list of names.
  const crash = failures.find(({ error }) => !(error instanceof ScidocsError));
  if (crash !== undefined) throw crash.error;
  const code: ErrorCode = first.error instanceof ScidocsError ? first.error.code : "BAD_INPUT";
  const names = failures.map(({ label }) => label).join(", ");
  throw new ScidocsError(code, `${failures.length} of ${models} models failed: ${names} (the reasons stand above)`);
}
