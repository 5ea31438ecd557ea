import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { WordRules } from "../encoders/text/originalRecipe.ts";
import { ScidocsError } from "../errors.ts";
import { isThere } from "../files/isThere.ts";
import { heads } from "./heads/heads.ts";
import type { TrainingJob } from "./job.ts";
import { distances } from "./losses/distances.ts";
import { optimizers } from "./optimizers/optimizers.ts";
import type { Preset } from "./presets/preset.ts";
import { presets } from "./presets/presets.ts";
import { chosen } from "./registered.ts";
import { schedules } from "./schedules/schedules.ts";
import type { TrainingSettings } from "./settings.ts";
import type { StartingModel } from "./start/startingModel.ts";
import type { TrainingRequest } from "./trainingRequest.ts";
import { findTriplets } from "./triplets/tripletFiles.ts";

/** What settings depend on of the model that a training starts from. */
type StartToSettle = Pick<
  StartingModel,
  "encoder" | "maxTokens" | "averaged" | "maxWords" | "words" | "declared" | "hiddenDropout" | "attentionDropout"
>;

/** The mark before a text, one token of it, and the mark behind. */
const leastTokens = 3;

/** Checkpoints that are kept beside the best. */
export const defaultKeep = 3;

/**
 * Settles a training: every setting by flag, else by preset, else by the model.
 * @throws ScidocsError `USAGE` for settings that do not go together, `NOT_FOUND` for files that are not there
 */
export async function settleTraining(request: TrainingRequest, start: StartToSettle): Promise<TrainingJob> {
  const files = await tripletPaths(request);
  const settings = settleSettings(request, start);
  requireLooks(request, files.devFile !== null);
  return {
    init: request.init,
    vocab: request.vocab,
    ...files,
    output: request.output,
    settings,
    threads: request.threads ?? availableParallelism(),
    provider: request.provider ?? "cpu",
    deviceId: request.deviceId ?? 0,
    saveEvery: request.saveEvery ?? null,
    keep: request.keep ?? defaultKeep,
    recompute: request.recompute ?? false,
    benchmark: request.benchmark ?? null,
  };
}

/**
 * Refuses what depends on a dev set or a benchmark that there is not.
 * @throws ScidocsError `USAGE`
 */
function requireLooks(request: TrainingRequest, hasDev: boolean): void {
  const { bestBy, benchmark, numDevInstances, patience, evaluateEvery } = request;
  const refuse = (flag: string, why: string): never => {
    throw new ScidocsError("USAGE", `${flag}: ${why}`);
  };
  const noDev = "there are no dev triplets; give --dev-path FILE, or a folder of triplets with some of val";
  if (bestBy === "benchmark" && benchmark === undefined) refuse("--best-by benchmark", "which? give --evaluate DATA");
  if (hasDev) return;
  if (numDevInstances !== undefined && numDevInstances !== null) refuse("--num-dev-instances", noDev);
  if (patience !== undefined && patience !== null && bestBy !== "benchmark") refuse("--patience", noDev);
  if (evaluateEvery !== undefined && evaluateEvery !== null && benchmark === undefined) {
    refuse("--evaluate-every", `${noDev}, or --evaluate DATA`);
  }
}

/**
 * The pooling where none is asked for: what a folder declares, if that can be trained and is all that it declares; else the preset's.
 * @throws ScidocsError `USAGE` for a folder that declares more: its vectors would not be those that are trained
 */
function unaskedPooling(
  init: string,
  { declared, averaged }: Pick<StartingModel, "declared" | "averaged">,
  preset: Preset,
): string {
  if (declared === null) return preset.recipe === "original" && averaged === true ? "words" : preset.pooling;
  const known = heads.find(({ id }) => id === declared.pooling);
  if (known !== undefined && preset.recipe === "hf") return known.id;
  throw new ScidocsError(
    "USAGE",
    `--init ${init}: its modules.json declares ${declared.text}, which is not trained as a whole; say with --pooling how vectors are made ` +
      "instead (the folder that comes out then says so)",
  );
}

/**
 * Refuses an archive whose words are made otherwise than a training makes them: lowered, and with the last piece for the word.
 * @throws ScidocsError `USAGE`
 */
function requireUsualWords(init: string, words: WordRules | null, preset: Preset): void {
  if (words === null) return;
  const other = [
    words.lowerCaseWords || words.lowerCasePieces
      ? ""
      : "words keep their case (do_lowercase and do_lower_case are false)",
    words.firstPieces && preset.recipe === "original"
      ? "a word stands at its first piece (use_starting_offsets is true)"
      : "",
  ].filter((each) => each !== "");
  if (other.length === 0) return;
  throw new ScidocsError(
    "USAGE",
    `--init ${init}: its configuration says that ${other.join(", and ")}, and a training would do otherwise; start from a Hugging Face folder whose tokenizer_config.json says how its words are made`,
  );
}

function settleSettings(request: TrainingRequest, start: StartToSettle): TrainingSettings {
  const preset = chosen("--preset", presets, request.preset ?? "hf");
  requireUsualWords(request.init, start.words, preset);
  const optimizer = chosen("--optimizer", optimizers, request.optimizer ?? preset.optimizer);
  const schedule = chosen("--schedule", schedules, request.schedule ?? preset.schedule);
  const distance = chosen("--distance", distances, request.distance ?? preset.distance);
  const pooling = chosen("--pooling", heads, request.pooling ?? unaskedPooling(request.init, start, preset));
  if (pooling.id.startsWith("words") !== (preset.recipe === "original")) {
    const fitting = heads.filter(({ id }) => id.startsWith("words") === (preset.recipe === "original"));
    throw new ScidocsError(
      "USAGE",
      `--pooling ${pooling.id}: not with --preset ${preset.id}; use ${fitting.map(({ id }) => id).join(", ")}`,
    );
  }
  if (request.maxWords !== undefined && request.maxWords !== null && preset.recipe !== "original") {
    throw new ScidocsError("USAGE", `--max-words: --preset ${preset.id} counts no words; use --max-length`);
  }
  if (schedule.risesByItself && (request.warmup ?? 0) > 0) {
    throw new ScidocsError(
      "USAGE",
      `--warmup ${request.warmup}: --schedule ${schedule.id} is ${schedule.description}; leave it out, or take another schedule`,
    );
  }
  const learningRate = request.learningRate ?? preset.learningRate;
  // A schedule may refuse a rate; better now than at the first update.
  schedule.factor({
    ...{ done: 0, total: 1, warmup: 0, epochs: 1, updatesPerEpoch: 1, pastEpochs: [] },
    highest: learningRate,
  });
  const maxLength = Math.min(request.maxLength ?? preset.maxLength, start.maxTokens);
  if (maxLength < leastTokens) {
    throw new ScidocsError(
      "USAGE",
      `--init ${request.init}: takes ${start.maxTokens} tokens of a text, and two of them are marks: no text would differ from another`,
    );
  }
  const batchSize = request.batchSize ?? preset.batchSize;
  const ownOptimizer = optimizer.id === preset.optimizer;
  const dropout = request.dropout;
  return {
    preset: preset.id,
    pooling: pooling.id,
    recipe: preset.recipe,
    maxLength,
    maxWords: preset.recipe === "original" ? (request.maxWords ?? start.maxWords ?? preset.maxWords) : null,
    distance: distance.id,
    margin: request.margin ?? preset.margin,
    optimizer: optimizer.id,
    learningRate,
    // Another optimiser than the preset's comes with its own decay.
    weightDecay: request.weightDecay ?? (ownOptimizer ? preset.weightDecay : optimizer.defaults.weightDecay),
    beta1: request.beta1 ?? optimizer.defaults.beta1,
    beta2: request.beta2 ?? optimizer.defaults.beta2,
    epsilon: request.epsilon ?? optimizer.defaults.epsilon,
    clip: request.clip === undefined ? preset.clip : request.clip,
    clipEach: request.clipEach === undefined ? optimizer.defaults.clipEach : request.clipEach,
    clampEntries: request.clampEntries === undefined ? preset.clampEntries : request.clampEntries,
    schedule: schedule.id,
    warmup: request.warmup ?? preset.warmup,
    epochs: request.epochs ?? preset.epochs,
    batchSize,
    accumulate: request.accumulate ?? preset.accumulate(batchSize),
    lossShare: preset.lossShare,
    maxSteps: request.maxSteps ?? null,
    numTrainInstances: request.numTrainInstances ?? null,
    numDevInstances: request.numDevInstances ?? null,
    shuffle: request.shuffle ?? preset.shuffle,
    seed: request.seed ?? preset.seed,
    patience: request.patience === undefined ? preset.patience : request.patience,
    hiddenDropout: dropout ?? start.hiddenDropout ?? refuseShares(request.init, start),
    attentionDropout: dropout ?? start.attentionDropout,
    vectorDropout: request.vectorDropout ?? dropout ?? preset.vectorDropout,
    freeze: parseFreeze(request.freeze, start.encoder.geometry.layers),
    evaluateEvery: request.evaluateEvery ?? null,
    bestBy: request.bestBy ?? "dev",
  };
}

/** One share of hidden outputs is trained with; a configuration that states several is not guessed at. */
function refuseShares(init: string, { encoder: { dropout } }: Pick<StartToSettle, "encoder">): never {
  throw new ScidocsError(
    "USAGE",
    `--init ${init}: its config.json states different shares of dropout as ${dropout.hidden.join(" and ")}, and one is trained with; say which with --dropout`,
  );
}

/** Parses `embeddings,0-5`. */
export function parseFreeze(text: string | undefined, layers: number): TrainingSettings["freeze"] {
  const frozen = new Set<number>();
  let embeddings = false;
  for (const part of text === undefined || text === "" ? [] : text.split(",").map((each) => each.trim())) {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (part === "embeddings") embeddings = true;
    else if (from === undefined || Number(to) < Number(from) || Number(to) >= layers) {
      throw new ScidocsError(
        "USAGE",
        `--freeze ${text}: ${part === "" ? "an empty entry" : part} is neither embeddings nor a layer from 0 to ${layers - 1}, nor a range such as 0-${layers - 1}`,
      );
    } else for (let layer = Number(from); layer <= Number(to); layer++) frozen.add(layer);
  }
  if (embeddings && frozen.size === layers) {
    throw new ScidocsError("USAGE", `--freeze ${text}: nothing of the encoder would be trained`);
  }
  return { embeddings, layers: [...frozen].sort((a, b) => a - b) };
}

async function tripletPaths(
  request: TrainingRequest,
): Promise<Pick<TrainingJob, "trainFile" | "devFile" | "papersFile">> {
  const found = request.triplets === undefined ? null : await findTriplets(request.triplets);
  const trainFile = request.trainFile ?? found?.sets.train;
  const papersFile = request.papersFile ?? found?.papers;
  if (trainFile === undefined) {
    throw new ScidocsError(
      "USAGE",
      "which triplets? give --triplets FOLDER (`scidocs triplets` makes one) or --train-path FILE",
    );
  }
  if (papersFile === undefined) {
    throw new ScidocsError(
      "USAGE",
      "whose titles and abstracts? give --papers FILE, metadata of the papers that the triplets name",
    );
  }
  const ownDev =
    found !== null && isThere(found.sets.val) && statSync(found.sets.val).size > 0 ? found.sets.val : undefined;
  const devFile = request.devFile ?? ownDev ?? null;
  for (const file of [trainFile, papersFile, ...(devFile === null ? [] : [devFile])]) {
    if (!isThere(file)) throw new ScidocsError("NOT_FOUND", `${file}: there is no such file`);
  }
  return { trainFile, devFile, papersFile };
}
