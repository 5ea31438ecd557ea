import { memoryLimitBytes } from "../threads/memoryLimit.ts";
import type { TrainingPlan } from "../training/planTraining.ts";
import { formatBytes } from "./bytes.ts";

const count = (value: number): string => Math.round(value).toLocaleString("en-US");
const many = (number: number, what: string, plural = `${what}s`): string =>
  `${count(number)} ${number === 1 ? what : plural}`;

/** Seconds as people read them. */
export function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.ceil(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86_400).toFixed(1)} days`;
}

/** How long it will take, and what that is known from. */
function timeText({ time: { seconds, timedLayers, timedTriplets }, job }: TrainingPlan): string {
  return `about ${durationText(seconds)} with ${many(job.threads, "thread")} (${job.provider}): ${many(timedTriplets, "triplet")} timed just now, through ${many(timedLayers, "layer")} as wide`;
}

/** How much memory it will take; a training that takes more than there is would be ended by the system, without a word. */
function memoryText(bytes: number, recompute: boolean): string {
  const less = recompute ? "" : " (--recompute needs less)";
  const there = memoryLimitBytes();
  if (bytes <= there) return `about ${formatBytes(bytes)}${less}`;
  return `about ${formatBytes(bytes)}${less}: more than the ${formatBytes(there)} that there are; lower --batch-size, or --max-length`;
}

/** What a training will do, with every setting, as lines of a label and a value. */
export function planText(plan: TrainingPlan): string {
  const { job, length, costs } = plan;
  const { settings } = job;
  const orNone = (value: number | null): string => (value === null ? "none" : String(value));
  const frozen = [
    ...(settings.freeze.embeddings ? ["embeddings"] : []),
    ...settings.freeze.layers.map((layer) => `layer ${layer}`),
  ];
  const rows: [string, string][] = [
    ["starts from", job.init],
    ["preset", settings.preset],
    ["triplets", `${count(plan.triplets)} in ${job.trainFile}`],
    [
      "dev triplets",
      job.devFile === null ? "none: the last model is the best" : `${count(plan.devTriplets)} in ${job.devFile}`,
    ],
    [
      "vectors",
      `${settings.pooling}, at most ${settings.maxLength} tokens${settings.maxWords === null ? "" : ` and ${settings.maxWords} words`}`,
    ],
    ["loss", `${settings.distance}, margin ${settings.margin}`],
    [
      "optimizer",
      `${settings.optimizer}, rate ${settings.learningRate}, decay ${settings.weightDecay}, betas ${settings.beta1} ${settings.beta2}, epsilon ${settings.epsilon}`,
    ],
    ["schedule", `${settings.schedule}, warm-up ${many(length.warmup, "update")}`],
    [
      "clipping",
      `all ${orNone(settings.clip)}, each weight ${orNone(settings.clipEach)}, entries ${orNone(settings.clampEntries)}`,
    ],
    [
      "dropout",
      `hidden ${settings.hiddenDropout}, attention ${settings.attentionDropout}, vectors ${settings.vectorDropout}`,
    ],
    ["not trained", frozen.length === 0 ? "nothing" : frozen.join(", ")],
    ["order", settings.shuffle ? "shuffled in each epoch" : "as in the file"],
    ["seed", String(settings.seed)],
    [
      "updates",
      `${count(length.updates)}: ${many(settings.epochs, "epoch")} of ${count(length.updatesPerEpoch)}, each ${many(settings.accumulate, "batch", "batches")} of ${many(settings.batchSize, "triplet")}`,
    ],
    ["patience", settings.patience === null ? "none" : many(settings.patience, "epoch")],
    ["numbers trained", `${count(plan.trainedParameters)} of ${count(plan.parameters)}`],
    [
      "tokens",
      `about ${count(plan.tokensPerTriplet)} a triplet, ${count(plan.tokensPerTriplet * plan.triplets * settings.epochs)} in all`,
    ],
    ["memory", memoryText(costs.weightBytes + costs.activationBytes, job.recompute)],
    ["disk", `${formatBytes((job.keep + 2) * costs.checkpointBytes)} at most, in ${job.output}`],
    ["time", timeText(plan)],
    ...(plan.goesOnFrom === null
      ? []
      : [["goes on from", `${plan.goesOnFrom}; tokens and time are those of the whole training`] as [string, string]]),
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return [...plan.notes, ...rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`)].join("\n").concat("\n");
}
