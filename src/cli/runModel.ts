import { carryOutBenchmark, planBenchmark } from "../benchmark/runBenchmark.ts";
import { encoderSource, modelOfRecord } from "../benchmark/sources/encoder.ts";
import { resolveApiModel } from "../embed/apis/apiModels.ts";
import { embedPapers } from "../embed/embedPapers.ts";
import type { Encoder } from "../encoders/encoder.ts";
import { resolveEncoder } from "../encoders/resolveEncoder.ts";
import { ScidocsError } from "../errors.ts";
import type { RunControl } from "../progress.ts";
import type { RunRecord } from "../results/schema.ts";
import type { Dataset } from "../suites/dataset.ts";
import { runWithApi } from "./apiRun.ts";
import type { CliContext } from "./context.ts";
import { type DistributionFlags, emptyShard, notForApis, runnerOf, shardOf } from "./distributionFlags.ts";
import { embeddingSummary, printPlan } from "./embeddingOutput.ts";
import {
  batchTokensOf,
  type EncoderFlags,
  encoderOptions,
  fileForStore,
  filesOfStore,
  type ModelFlags,
  openStore,
} from "./encoderFlags.ts";
import { checkOutput, type OutputFlags } from "./finishRun.ts";
import { filesOfModel } from "./modelInputs.ts";
import { type ScoringFlags, scoringRequest } from "./scoringFlags.ts";
import { tellGaps } from "./tellGaps.ts";

/** The flags of `run` that one model takes. */
export interface RunModelFlags extends ScoringFlags, EncoderFlags, DistributionFlags, OutputFlags {
  readonly embedOnly: boolean;
  readonly name?: string;
  readonly dryRun: boolean;
  readonly offline?: boolean;
}

/** One of several models: what `--model` takes, and the flags that are its own. */
export interface ModelToRun {
  readonly argument: string;
  readonly flags: Partial<ModelFlags> & { readonly name?: string | undefined };
}

/**
 * Runs one model, or prints what that would do.
 * @param argument what `--model` takes
 * @param finish takes the record when there is one
 * @param resolved the model, where it has been resolved already
 */
export async function runModel(
  context: CliContext,
  dataset: Dataset,
  argument: string,
  flags: RunModelFlags,
  finish: (record: RunRecord) => Promise<void>,
  resolved?: Encoder,
): Promise<void> {
  const control: RunControl = { onProgress: context.onProgress, signal: context.signal };
  const api = resolveApiModel(argument, { apiUrl: flags.apiUrl, insecure: flags.insecure, env: context.env });
  const shard = shardOf(flags);
  if (shard !== undefined && !flags.embedOnly) {
    throw new ScidocsError("USAGE", "--shard needs --embed-only: the vectors of a part cannot be scored");
  }
  if (flags.embedOnly && flags.store === false) {
    throw new ScidocsError("USAGE", "--embed-only keeps the vectors in the store: leave --no-store out");
  }
  if (api !== null) {
    if (flags.queue !== undefined || flags.embedOnly) throw new ScidocsError("USAGE", notForApis);
    await runWithApi(context, dataset, api, flags, finish);
    return;
  }
  const options = encoderOptions(flags, context);
  const runner = runnerOf(flags, { argument, options }, context);
  const encoder = resolved ?? (await resolveEncoder(argument, { ...options, name: flags.name }, control));
  for (const note of encoder.notes) context.stderr(`${note}\n`);
  if (!flags.embedOnly)
    await checkOutput(
      context,
      flags,
      { model: modelOfRecord(encoder, encoder.dimensions), dataset, split: flags.split },
      [...filesOfModel(argument, encoder, flags), ...filesOfStore(flags, encoder, context)],
      fileForStore(flags, encoder, context),
    );
  const store = await openStore(flags, encoder, context, { mustExist: flags.dryRun });
  try {
    const { threads } = flags;
    const source = encoderSource(encoder, {
      batchTokens: batchTokensOf(flags, encoder),
      threads,
      store,
      runner,
      shard,
    });
    const plan = await planBenchmark(dataset, source, scoringRequest(flags), control);
    tellGaps(context, plan);
    if (flags.dryRun) await printPlan(plan.sourcePlan, flags, context, control);
    else if (flags.embedOnly && plan.sourcePlan.paperIds.length === 0) context.stderr(`${emptyShard}\n`);
    else if (flags.embedOnly) {
      const result = await embedPapers(plan.sourcePlan, { threads, store, runner }, control);
      for (const note of result.notes) context.stderr(`${note}\n`);
      context.stderr(`${embeddingSummary(plan.sourcePlan, result)}\n${store?.folder ?? ""}\n`);
    } else {
      const { record, made } = await carryOutBenchmark(plan, control);
      context.stderr(`${embeddingSummary(plan.sourcePlan, made.embedding)}\n`);
      await finish(record);
    }
  } finally {
    await store?.close();
  }
}
