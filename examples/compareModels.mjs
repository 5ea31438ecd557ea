// Runs two models on the same tasks, says which differences are real, and decides as a gate would. Exits 4 where the second one is worse.
//
//   node examples/compareModels.mjs [MODEL]
import { fileURLToPath } from "node:url";
import {
  baselineSource,
  compareRecords,
  encoderSource,
  exitCodes,
  gateVerdict,
  openDataset,
  resolveEncoder,
  runBenchmark,
  usualThresholds,
} from "scidocs";

const dataset = await openDataset(fileURLToPath(new URL("../datasets/mini", import.meta.url)));
const tasks = ["co-view", "cite"];

const encoder = await resolveEncoder(process.argv[2] ?? "mini");
const { record: ours } = await runBenchmark(dataset, encoderSource(encoder), { tasks });
const { record: words } = await runBenchmark(dataset, baselineSource("tfidf"), { tasks });

const comparison = await compareRecords(words, ours);
console.log(`TF-IDF against ${encoder.name}:`);
for (const { id, aPercent, bPercent, differencePercent, intervalPercent, significant } of comparison.columns) {
  const [difference, low, high] = [differencePercent, intervalPercent.low, intervalPercent.high].map((x) =>
    x.toFixed(2),
  );
  const meaning = significant ? "real" : "may be chance";
  console.log(
    `${id}: ${aPercent.toFixed(2)} to ${bPercent.toFixed(2)}, difference ${difference} [${low}, ${high}], ${meaning}`,
  );
}

const verdict = gateVerdict(ours, usualThresholds, { baseline: words, comparison });
for (const { passed, message } of verdict.checks) console.log(`${passed ? "ok" : "failed"}: ${message}`);
process.exitCode = verdict.passed ? 0 : exitCodes.GATE;
