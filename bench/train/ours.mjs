// One contender's process: a whole training step of an encoder of the base size on random texts. Prints a line of JSON.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { bert } from "../../dist/encoders/architectures/bert/bert.js";
import { modernbert } from "../../dist/encoders/architectures/modernbert/modernbert.js";
import { nomicbert } from "../../dist/encoders/architectures/nomicbert/nomicbert.js";
import { firstToken } from "../../dist/training/heads/firstToken.js";
import { trainBatch } from "../../dist/training/loop/batchStep.js";
import { openDropoutMasks } from "../../dist/training/loop/dropoutMasks.js";
import { dropoutShares } from "../../dist/training/loop/dropoutShares.js";
import { l2Norm } from "../../dist/training/losses/l2Norm.js";
import { openNetwork } from "../../dist/training/network/network.js";
import { adamW } from "../../dist/training/optimizers/adamW.js";
import { openParameters } from "../../dist/training/parameters.js";
import { randomWeight } from "../../dist/training/start/randomModel.js";
import { tripletFlops } from "../../dist/training/trainingCosts.js";
import { openSustainedRate } from "../embed/matrixRates.mjs";

const { values: flags } = parseArgs({
  options: {
    threads: { type: "string", default: String(availableParallelism()) },
    triplets: { type: "string", default: "1" },
    tokens: { type: "string", default: "256,256,256" },
    steps: { type: "string", default: "5" },
    dropout: { type: "string", default: "0" },
    kind: { type: "string", default: "bert" },
    layers: { type: "string" },
    recompute: { type: "boolean", default: false },
  },
});
const threads = Number(flags.threads);
const dropout = Number(flags.dropout);
/** Sizes as published, of what is timed; the vocabulary is SciBERT's for all. */
const vocabulary = 31_090;
const kinds = {
  bert: (layers = 12) =>
    bert.open("bert", {
      vocab_size: vocabulary,
      hidden_size: 768,
      num_hidden_layers: layers,
      num_attention_heads: 12,
      intermediate_size: 3072,
      max_position_embeddings: 512,
    }),
  // The class's defaults are the base size.
  modernbert: (layers = 22) => modernbert.open("modernbert", { vocab_size: vocabulary, num_hidden_layers: layers }),
  nomic: (layers = 12) =>
    nomicbert.open("nomic", {
      vocab_size: vocabulary,
      n_embd: 768,
      n_inner: 3072,
      n_layer: layers,
      n_head: 12,
      n_positions: 2048,
      activation_function: "swiglu",
      rotary_emb_fraction: 1,
    }),
};
const { trainable, weights } = kinds[flags.kind](flags.layers === undefined ? undefined : Number(flags.layers));
const scale = (name, dims) => dims.length === 1 && name.endsWith(".weight");
const parameters = openParameters(
  [...weights].map(([name, dims], index) => ({
    ...(scale(name, dims)
      ? { name, dims, read: () => new Float32Array(dims[0]).fill(1) }
      : randomWeight(name, dims, 1, index)),
    trained: true,
  })),
  { clampEach: null },
);
const session = { threads, restBetweenRuns: true };
const network = openNetwork(trainable, parameters, session);
const parts = {
  network,
  head: firstToken.open(network, parameters, session),
  headKind: firstToken,
  distance: l2Norm,
  margin: 1,
};
const masks = openDropoutMasks(
  dropoutShares({ hiddenDropout: dropout, attentionDropout: dropout, vectorDropout: 0 }, trainable),
);
const lengths = Array.from({ length: Number(flags.triplets) }, () => flags.tokens.split(",").map(Number)).flat();
let word = 1;
const text = (length) => ({
  ids: Array.from({ length }, () => {
    word = (word * 48_271) % 2_147_483_647;
    return word % vocabulary;
  }),
  positions: null,
  truncated: false,
});
const texts = lengths.map(text);
const none = () => {};
const product = await openSustainedRate(threads);
const times = [];
for (let step = 0; step <= Number(flags.steps); step++) {
  const cpu = process.cpuUsage();
  const started = performance.now();
  parameters.beginUpdate();
  const keys = texts.map((_, index) => [1, step, index]);
  await trainBatch(parts, texts, 1, {
    dropout: masks.of(keys),
    recompute: flags.recompute,
    checkForward: none,
    checkBackward: none,
  });
  parameters.endUpdate();
  const passed = performance.now();
  let sum = 0;
  for (const { memory, at, count } of parameters.trainedWeights) sum += memory.kernel.sumOfSquares(at.gradient, count);
  for (const weight of parameters.trainedWeights) {
    adamW.update(weight, { ...adamW.defaults, rate: 2e-5, update: step + 1, gradientScale: 1 });
  }
  const ended = performance.now();
  const used = process.cpuUsage(cpu);
  // The first step opens the sessions.
  if (step > 0) {
    times.push({
      passes: passed - started,
      optimizer: ended - passed,
      whole: ended - started,
      cpu: (used.user + used.system) / 1000,
      // As long as the passes took, right behind them: both have had the same machine.
      rate: await product.measure(passed - started),
    });
  }
  if (!Number.isFinite(sum)) throw new Error("the gradients are no numbers");
}
/** Those of a step's products, recomputed ones left out. */
function gigaflops() {
  const settings = { freeze: { embeddings: false, layers: [] } };
  const { both } = tripletFlops({ settings, recompute: false }, trainable, firstToken, [lengths]);
  return (both * Number(flags.triplets)) / 1e9;
}
const median = (key) => times.map((each) => each[key]).sort((a, b) => a - b)[times.length >> 1];
const least = (key) => Math.min(...times.map((each) => each[key]));
console.log(
  JSON.stringify({
    passes: least("passes") / 1000,
    passesMedian: median("passes") / 1000,
    optimizer: least("optimizer") / 1000,
    whole: least("whole") / 1000,
    cpu: least("cpu") / 1000,
    peakMb: process.resourceUsage().maxRSS / 1024,
    // Of each step its own product's rate, times the passes' time: how many GFLOP that product would have done meanwhile.
    gigaflopsMeanwhile: times.map((each) => (each.rate * each.passes) / 1000),
    rate: median("rate"),
    gigaflops: gigaflops(),
    layers: trainable.layers.length,
  }),
);
await product.close();
await network.close();
