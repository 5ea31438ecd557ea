import type { Preset } from "./preset.ts";

/** The reference's script for Hugging Face models (allenai/specter, scripts/pytorch_lightning_training_script). */
export const hf: Preset = {
  id: "hf",
  description: "the reference's script for Hugging Face models: AdamW, linear schedule, 512 triplets an update",
  pooling: "cls",
  recipe: "hf",
  maxLength: 512,
  maxWords: null,
  distance: "l2-norm",
  margin: 1,
  optimizer: "adamw",
  learningRate: 2e-5,
  weightDecay: 0,
  clip: null,
  clampEntries: null,
  schedule: "linear",
  warmup: 0,
  epochs: 2,
  batchSize: 2,
  accumulate: () => 256,
  lossShare: "batches",
  shuffle: false,
  seed: 1918,
  patience: null,
  vectorDropout: 0,
};
