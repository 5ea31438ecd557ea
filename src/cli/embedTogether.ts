import { planBenchmark } from "../benchmark/runBenchmark.ts";
import { encoderSource, modelOfRecord } from "../benchmark/sources/encoder.ts";
import { embedPapers } from "../embed/embedPapers.ts";
import { isWorkOfEach } from "../embed/sameWork.ts";
import { jointStore } from "../embed/store/jointStore.ts";
import type { VectorStore } from "../embed/store/store.ts";
import type { Encoder } from "../encoders/encoder.ts";
import { joinEncoders } from "../encoders/joinEncoders.ts";
import { resolveEncoder } from "../encoders/resolveEncoder.ts";
import type { RunControl } from "../progress.ts";
import type { Dataset } from "../suites/dataset.ts";
import type { CliContext } from "./context.ts";
import { shardOf } from "./distributionFlags.ts";
import { embeddingSummary } from "./embeddingOutput.ts";
import { batchTokensOf, encoderOptions, filesOfStore, openStore } from "./encoderFlags.ts";
import { checkOutput } from "./finishRun.ts";
import { filesOfModel } from "./modelInputs.ts";
import type { ModelToRun, RunModelFlags } from "./runModel.ts";
import { scoringRequest } from "./scoringFlags.ts";

/** A model with an adapter of its own, resolved. */
interface Adapted {
  readonly model: ModelToRun;
  readonly adapter: string;
  readonly encoder: Encoder;
}

/**
 * Fills the stores of models that are one checkpoint with several adapters, in one pass over the tokens: what is equal below the first
 * adapter is computed once, and each vector is, to the last bit, what a run of its own would give. Where that cannot be, it leaves the work
 * to the run of each.
 * @returns the encoders that it has resolved, with their notes told
 * @throws ScidocsError `INTERRUPTED`; what else goes wrong is said, and met again by the run of each
 */
export async function embedTogether(
  context: CliContext,
  dataset: Dataset,
  models: readonly ModelToRun[],
  flags: RunModelFlags,
): Promise<ReadonlyMap<ModelToRun, Encoder>> {
  const resolved = new Map<ModelToRun, Encoder>();
  // A worker opens one encoder, a plan is told of each by itself, and vectors meet in their stores.
  if (flags.queue !== undefined || flags.dryRun || flags.store === false) return resolved;
  for (const group of adapterGroups(models)) {
    try {
      const adapted = await resolveAll(context, group, flags);
      for (const { model, encoder } of adapted) resolved.set(model, { ...encoder, notes: [] });
      await embedGroup(context, dataset, adapted, flags);
    } catch (error) {
      if (context.signal.aborted) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      context.stderr(`the adapters of ${group[0]?.argument} are run one after the other: ${reason}\n`);
    }
  }
  return resolved;
}

/** Models that differ in their adapter alone, two or more of them. */
function adapterGroups(models: readonly ModelToRun[]): ModelToRun[][] {
  const groups = new Map<string, ModelToRun[]>();
  for (const model of models) {
    const { adapter, name: _name, ...others } = model.flags;
    if (typeof adapter !== "string") continue;
    const key = JSON.stringify([model.argument, Object.entries(others).sort()]);
    groups.set(key, [...(groups.get(key) ?? []), model]);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

async function resolveAll(
  context: CliContext,
  models: readonly ModelToRun[],
  flags: RunModelFlags,
): Promise<Adapted[]> {
  const adapted: Adapted[] = [];
  for (const model of models) {
    const own = { ...flags, ...model.flags };
    const options = { ...encoderOptions(own, context), name: own.name };
    try {
      const encoder = await resolveEncoder(model.argument, options, controlOf(context));
      for (const note of encoder.notes) context.stderr(`${note}\n`);
      adapted.push({ model, adapter: options.adapter ?? "", encoder });
    } catch (error) {
      // Its own run says so.
      if (context.signal.aborted) throw error;
    }
  }
  return adapted;
}

async function embedGroup(
  context: CliContext,
  dataset: Dataset,
  adapted: readonly Adapted[],
  flags: RunModelFlags,
): Promise<void> {
  const [first, ...others] = adapted;
  if (first === undefined || others.length === 0) return;
  const own = { ...flags, ...first.model.flags };
  const control = controlOf(context);
  if (!flags.embedOnly) {
    for (const { encoder, model } of adapted) {
      await checkOutput(
        context,
        flags,
        { model: modelOfRecord(encoder, encoder.dimensions), dataset, split: flags.split },
        [
          ...filesOfModel(model.argument, encoder, { ...flags, ...model.flags }),
          ...filesOfStore(flags, encoder, context),
        ],
      );
    }
  }
  const stores: VectorStore[] = [];
  try {
    for (const { encoder } of adapted) {
      const store = await openStore(flags, encoder, context);
      if (store !== null) stores.push(store);
    }
    const [one, ...more] = stores;
    if (one === undefined) return;
    const store = jointStore([one, ...more]);
    const { threads } = flags;
    const planFor = async (encoder: Encoder) => {
      const batchTokens = batchTokensOf(own, encoder);
      const source = encoderSource(encoder, { batchTokens, threads, store, shard: shardOf(flags) });
      return (await planBenchmark(dataset, source, scoringRequest(flags), control)).sourcePlan;
    };
    const plan = await planFor(first.encoder);
    if (!(await isWorkOfEach(plan, stores, control))) return;
    const adapters = adapted.map(({ adapter }) => adapter);
    const encoders = [first.encoder, ...others.map(({ encoder }) => encoder)] as const;
    const joint = await joinEncoders(first.model.argument, encoderOptions(own, context), adapters, encoders, control);
    if (joint === null) return;
    context.stderr(`${joint.name}: embedded in one pass over the tokens\n`);
    const result = await embedPapers({ ...plan, encoder: joint }, { threads, store }, control);
    context.stderr(`${embeddingSummary(plan, result)}\n`);
  } finally {
    for (const store of stores) await store.close();
  }
}

const controlOf = ({ onProgress, signal }: CliContext): RunControl => ({ onProgress, signal });
