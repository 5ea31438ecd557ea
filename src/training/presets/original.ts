import type { Preset } from "./preset.ts";

/** Triplets of an update. */
const updateTriplets = 32;

/** The reference's AllenNLP configuration (allenai/specter, experiment_configs/simple.jsonnet). */
export const original: Preset = {
  id: "original",
  description:
    "the reference's AllenNLP configuration: a mix of all layers, BertAdam, slanted triangular schedule, 32 triplets an update",
  // The configuration's bag of embeddings is a sum; archives of other trainings may say `averaged`.
  pooling: "words-sum",
  recipe: "original",
  maxLength: 512,
  maxWords: 256,
  distance: "l2-norm",
  margin: 1,
  optimizer: "bertadam",
  learningRate: 3e-5,
  weightDecay: 0.01,
  clip: null,
  clampEntries: 1,
  schedule: "slanted-triangular",
  warmup: 0,
  epochs: 2,
  batchSize: 4,
  accumulate: (batchSize) => Math.max(1, Math.ceil(updateTriplets / batchSize)),
  lossShare: "triplets",
  shuffle: true,
  seed: 1918,
  patience: 5,
  vectorDropout: 0.5,
};
