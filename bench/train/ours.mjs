// One contender's process: a whole training step of BERT-base on random texts. Prints a line of JSON.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { trainableBert } from "../../dist/encoders/architectures/bert/bert.js";
import { bertShapes } from "../../dist/encoders/architectures/operators/bertWeightNames.js";
import { firstToken } from "../../dist/training/heads/firstToken.js";
import { trainBatch } from "../../dist/training/loop/batchStep.js";
import { openDropoutMasks } from "../../dist/training/loop/dropoutMasks.js";
import { l2Norm } from "../../dist/training/losses/l2Norm.js";
import { openNetwork } from "../../dist/training/network/network.js";
import { adamW } from "../../dist/training/optimizers/adamW.js";
import { openParameters } from "../../dist/training/parameters.js";
import { randomWeight } from "../../dist/training/start/randomModel.js";
import { openSustainedRate } from "../embed/matrixRates.mjs";

const { values: flags } = parseArgs({
  options: {
    threads: { type: "string", default: String(availableParallelism()) },
    triplets: { type: "string", default: "1" },
    tokens: { type: "string", default: "256,256,256" },
    steps: { type: "string", default: "5" },
    dropout: { type: "string", default: "0" },
    layers: { type: "string", default: "12" },
    recompute: { type: "boolean", default: false },
  },
});
const threads = Number(flags.threads);
const dropout = Number(flags.dropout);
const geometry = {
  vocabularySize: 31_090,
  hiddenSize: 768,
  layers: Number(flags.layers),
  heads: 12,
  intermediateSize: 3072,
  maxPositions: 512,
  tokenTypes: 2,
  layerNormEpsilon: 1e-12,
};
const parameters = openParameters(
  [...bertShapes(geometry)].map(([name, dims], index) => ({ ...randomWeight(name, dims, 1, index), trained: true })),
  { clampEach: null },
);
const session = { threads, restBetweenRuns: true };
const network = openNetwork(trainableBert(geometry), parameters, session);
const parts = {
  network,
  head: firstToken.open(network, parameters, session),
  headKind: firstToken,
  distance: l2Norm,
  margin: 1,
};
const masks = openDropoutMasks({ hidden: dropout, attention: dropout, vector: 0 });
const lengths = Array.from({ length: Number(flags.triplets) }, () => flags.tokens.split(",").map(Number)).flat();
let word = 1;
const text = (length) => ({
  ids: Array.from({ length }, () => {
    word = (word * 48_271) % 2_147_483_647;
    return word % 31_090;
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
    dropout: dropout > 0 ? masks.of(keys) : null,
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
  }),
);
await product.close();
await network.close();
