import { expect, it } from "vitest";
import { deviceOf, refuseContradictions, type TrainFlags } from "../../src/cli/trainingFlags.ts";

const flags = (some: Partial<TrainFlags>): TrainFlags => ({
  init: "model",
  preset: "hf",
  recompute: false,
  force: false,
  dryRun: false,
  ...some,
});

it.each<[Partial<TrainFlags>, string]>([
  [{ epochs: 2, numEpochs: 3 }, "--epochs 2 and --num-epochs 3: which?"],
  [{ output: "a", serializationDir: "b" }, "--output a and --serialization-dir b: which?"],
  [{ evaluateTasks: ["cite"] }, "--evaluate-tasks: of which benchmark?"],
])("two flags that say two things are refused: %j", (some, message) => {
  expect(() => refuseContradictions(flags(some))).toThrow(message);
});

it("two flags that say one thing are one", () => {
  refuseContradictions(flags({ epochs: 2, numEpochs: 2, output: "a", serializationDir: "a" }));
});

it("a card is named by its number, and none by -1", () => {
  expect(deviceOf(flags({}))).toEqual({ provider: "cpu", deviceId: 0 });
  expect(deviceOf(flags({ cudaDevice: "-1" }))).toEqual({ provider: "cpu", deviceId: 0 });
  expect(deviceOf(flags({ cudaDevice: "-1", provider: "webgpu" }))).toEqual({ provider: "webgpu", deviceId: 0 });
  expect(deviceOf(flags({ cudaDevice: "1", provider: "cuda" }))).toEqual({ provider: "cuda", deviceId: 1 });
});

it.each(["", " ", "0x1", "1e0", "-2", "1.5", "gpu"])("%j is no card", (cudaDevice) => {
  expect(() => deviceOf(flags({ cudaDevice }))).toThrow("expected a card's number, or -1 for none");
});

it.each<Partial<TrainFlags>>([
  { provider: "cpu", cudaDevice: "0" },
  { provider: "webgpu", cudaDevice: "1" },
  { provider: "cuda", cudaDevice: "-1" },
])("a provider that the card's number contradicts is refused: %j", (some) => {
  expect(() => deviceOf(flags(some))).toThrow("which? give one of them");
});
