import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { scoreSuite } from "../src/benchmark/scoreSuite.ts";
import { planSuite } from "../src/benchmark/suitePlan.ts";
import * as library from "../src/index.ts";
import {
  apiSource,
  type BenchmarkRequest,
  baselineSource,
  compareRecords,
  convertCheckpoint,
  defaultRetryPolicy,
  embedPapers,
  encoderSource,
  exportCheckpoint,
  filesSource,
  forAllGroups,
  formatTable,
  gateVerdict,
  makeCitationGraph,
  makeTriplets,
  openDataset,
  openNetwork,
  planBenchmark,
  planEmbedding,
  planTraining,
  pullDataset,
  readVectors,
  resolveApiModel,
  resolveEncoder,
  runBenchmark,
  type SynthOptions,
  scoreTable,
  synthesize,
  type TrainingJob,
  tableSource,
  trainModel,
  usualThresholds,
  vectorDrift,
  vectorTable,
  writeVectors,
} from "../src/index.ts";
import { randomVectors, zeroVectors } from "../src/learn/baselines/baselineVectors.ts";
import { scidocsStore } from "../src/suites/scidocs/store.ts";
import { readSuite } from "../src/suites/suiteReading.ts";

const mini = await openDataset(fileURLToPath(new URL("../datasets/mini", import.meta.url)));
const encoder = await resolveEncoder("mini");
const table = vectorTable(["a"], 1, new Float32Array(1));
const { record } = await runBenchmark(mini, baselineSource("zero"), { tasks: ["cite"] });

/** Options as a caller in plain JavaScript, or a spread bag of flags, may give them. */
const stray = { colour: "red" } as object;

const noTools = { network: openNetwork({ offline: true }), retry: defaultRetryPolicy, store: null };

/** Every call of the library that takes options, with one that it does not know. */
const calls: Readonly<Record<string, () => unknown>> = {
  planBenchmark: () => planBenchmark(mini, baselineSource("zero"), stray),
  runBenchmark: () => runBenchmark(mini, baselineSource("zero"), stray),
  baselineSource: () => baselineSource("zero", stray),
  encoderSource: () => encoderSource(encoder, stray),
  filesSource: () => filesSource({ cls: ["cls.jsonl"] }, stray),
  planEmbedding: () => planEmbedding([], encoder, stray),
  embedPapers: async () => embedPapers(await planEmbedding([], encoder), stray),
  resolveEncoder: () => resolveEncoder("mini", stray),
  convertCheckpoint: () => convertCheckpoint("nowhere", { cacheDir: "nowhere", ...stray }),
  exportCheckpoint: () => exportCheckpoint("nowhere", "x.onnx", stray),
  resolveApiModel: () => resolveApiModel("mini", stray),
  readVectors: () => readVectors(["nowhere.jsonl"], stray),
  writeVectors: () => writeVectors("nowhere/at/all.jsonl", table, stray),
  vectorDrift: () => vectorDrift(table, table, stray),
  compareRecords: () => compareRecords(record, record, stray),
  apiSource: () => apiSource(resolveApiModel("api:specter")!, { ...noTools, ...stray }),
  gateVerdict: () => gateVerdict(record, { ...usualThresholds, ...stray }, null),
  formatTable: () => formatTable(scoreTable([record]), "text", { columns: 80, color: false, ...stray }),
  openNetwork: () => openNetwork(stray),
  pullDataset: () => pullDataset({ target: "nowhere", store: scidocsStore, ...stray }),
  makeCitationGraph: () => makeCitationGraph({ papersFiles: ["nowhere"], outFolder: "nowhere", ...stray }),
  makeTriplets: () => makeTriplets({ dataFolder: "nowhere", outFolder: "nowhere", ...stray }),
  planTraining: () => planTraining({ init: "nowhere", output: "nowhere", ...stray }),
  trainModel: () => trainModel({} as TrainingJob, stray),
  synthesize: () => synthesize({ folder: "nowhere", scale: 1, seed: 1, ...stray } as SynthOptions),
};

test("every call of the library that takes options is among those that are tried", () => {
  const takesOptions = Object.entries(library).flatMap(([name, call]) => {
    if (typeof call !== "function") return [];
    const [, parameters = ""] = /^(?:async )?function \w+\(([^{]*?)\)? ?\{/.exec(String(call)) ?? [];
    return /\b(options|request|thresholds)\b/.test(parameters) ? [name] : [];
  });
  expect(takesOptions.length).toBeGreaterThan(15);
  expect(takesOptions.filter((name) => !(name in calls))).toEqual([]);
});

describe("an option that a call does not know", () => {
  test.each(Object.entries(calls))("is an error of %s, which names it", async (_name, call) => {
    const outcome = await (async () => call())().catch((error: unknown) => error);
    expect(outcome).toMatchObject({ code: "USAGE", message: expect.stringContaining("colour") });
  });

  test("is an error of the compiler where it stands in the call", () => {
    const never = (): unknown => [
      // @ts-expect-error: there is no such option
      runBenchmark(mini, baselineSource("zero"), { task: ["cite"] }),
      // @ts-expect-error: there is no such option
      baselineSource("random", { seed: 1 }),
      // @ts-expect-error: there is no such option
      encoderSource(encoder, { pooling: "mean" }),
      // @ts-expect-error: there is no such option
      filesSource({ cls: ["a.jsonl"] }, { model: "mine" }),
      // @ts-expect-error: there is no such option
      readVectors(["a.jsonl"], { need: new Set() }),
      // @ts-expect-error: there is no such option
      compareRecords(record, record, { alpha: 0.05 }),
    ];
    expect(never).toBeTypeOf("function");
  });
});

test("a key too many in the scoring options takes the place of nothing that is scored", async () => {
  const ids = [...new Set((record.tasks.cite?.kind === "ranking" && record.tasks.cite.rows.query) || [])];
  expect(ids.length).toBeGreaterThan(0);
  const plan = planSuite(mini, { tasks: ["mesh"], split: "test", texts: false, groups: null });
  const { made } = await runBenchmark(mini, baselineSource("random"), { tasks: ["mesh"] });
  const vectors = made.vectors["*"] ?? table;
  const score = async (options: BenchmarkRequest) =>
    (await scoreSuite(plan, readSuite(mini, plan.tasks, "test"), forAllGroups(vectors), options, null)).tasks.mesh;
  const plain = await score({});
  const bag = { vectors: zeroVectors(vectors.ids), train: null, evaluated: null, label: "other", split: "val" };
  expect(await score(bag as BenchmarkRequest)).toEqual(plain);
});

test("one table scored from memory says of its model what it was told", async () => {
  const vectors = randomVectors(["a"], 1);
  expect(tableSource({ cls: vectors }, "mine").facts(null)).toMatchObject({ name: "mine", dimensions: 25 });
});

describe("a value that an option cannot have, as plain JavaScript may pass it", () => {
  const wrong: Readonly<Record<string, () => unknown>> = {
    "a confidence of nought": () => compareRecords(record, record, { confidence: 0 }),
    "a confidence that is a text": () => compareRecords(record, record, { confidence: "0.95" as unknown as number }),
    "half a resample": () => compareRecords(record, record, { resamples: 1500.5 }),
    "half a seed": () => compareRecords(record, record, { seed: 0.5 }),
    "half a training": () => runBenchmark(mini, baselineSource("zero"), { tasks: ["cite"], seeds: 1.5 }),
    "no thread": () => runBenchmark(mini, baselineSource("zero"), { tasks: ["cite"], threads: 0 }),
    "another classifier": () => runBenchmark(mini, baselineSource("zero"), { classifier: "knn" as "svm" }),
    "another format": () => formatTable(scoreTable([record]), "html" as "text", { columns: 80, color: false }),
  };
  test.each(Object.entries(wrong))("%s is an error", async (_name, call) => {
    const outcome = await (async () => call())().catch((error: unknown) => error);
    expect(outcome).toMatchObject({ code: "USAGE" });
  });

  test("a table of vectors is ids that are texts and a block of numbers", () => {
    expect(vectorTable(["a"], 2, new Float64Array(2)).dimensions).toBe(2);
    expect(vectorTable([], 0, new Float32Array(0)).dimensions).toBe(0);
    for (const [ids, dimensions, data] of [
      [[1], 2, new Float32Array(2)],
      [["a"], 2, [1, 2]],
      [["a"], 0, new Float32Array(0)],
      [["a"], Number.NaN, new Float32Array(0)],
      [["a", "a"], 1, new Float32Array(2)],
    ] as const) {
      expect(() => vectorTable(ids as unknown as string[], dimensions, data as Float32Array)).toThrow(RangeError);
    }
  });

  test("vectors that no reader would take are not written", async () => {
    const broken = vectorTable(["a", "b"], 2, new Float32Array([0, 1, Number.NaN, 1]));
    await expect(writeVectors("/nowhere/at/all.jsonl", broken)).rejects.toThrow(/the vector of b holds NaN/);
  });
});

/** A text in the place of a truth value, as out of the environment. */
const said = (name: string) => ({ [name]: "false" }) as object;

test.each<[string, () => unknown]>([
  ["compareRecords: force", () => compareRecords(record, record, said("force"))],
  ["gateVerdict: significant", () => gateVerdict(record, { ...usualThresholds, ...said("significant") }, null)],
  ["gateVerdict: allowFewer", () => gateVerdict(record, { ...usualThresholds, ...said("allowFewer") }, null)],
  ["openNetwork: offline", () => openNetwork(said("offline"))],
  ["pullDataset: overwrite", () => pullDataset({ target: "nowhere", store: scidocsStore, ...said("overwrite") })],
  ["resolveEncoder: normalize", () => resolveEncoder("mini", said("normalize"))],
  ["planTraining: beginAnew", () => planTraining({ init: "nowhere", output: "nowhere", ...said("beginAnew") })],
])("%s takes no text for a truth value: the text false would be taken for true", async (option, call) => {
  const refusal = { code: "USAGE", message: `${option} must be true or false, not "false"` };
  await expect(Promise.resolve().then(call)).rejects.toMatchObject(refusal);
});
