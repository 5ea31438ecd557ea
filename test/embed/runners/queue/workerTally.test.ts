import { expect, it } from "vitest";
import type { WorkerSign } from "../../../../src/embed/runners/queue/presence.ts";
import { WorkerTally } from "../../../../src/embed/runners/queue/workerTally.ts";

const sign = (id: string, onnxruntime = "1.30.0"): WorkerSign => ({
  id,
  name: id,
  host: "h",
  fingerprint: "f",
  settings: {},
  scidocs: "0.1.0",
  onnxruntime,
  processor: "CPU X",
  provider: "cpu",
  sessions: 1,
  parcels: 2,
});

it("the tally of workers says who did how much, and warns of other versions", () => {
  const tally = new WorkerTally({ scidocs: "0.1.0", onnxruntime: "1.30.0" });
  expect(tally.notes()).toEqual([]);
  for (const worker of [sign("a"), sign("b"), sign("old", "1.20.0"), sign("idle")]) tally.know(worker);
  tally.add("a", 32);
  tally.add("a", 30);
  tally.add("b", 8);
  expect(tally.notes()).toEqual([
    "Embedded over a queue by 2 workers: 2 of scidocs 0.1.0, ONNX Runtime 1.30.0, CPU X, provider cpu (70 texts).",
  ]);
  tally.add("old", 1);
  tally.add("unseen", 2);
  const [who, warning] = tally.notes();
  expect(who).toContain("by 4 workers");
  expect(who).toContain("1 of one that was gone before it could be asked (2 texts)");
  expect(warning).toMatch(/^Warning: some workers ran ONNX Runtime 1\.20\.0, where this run has/);
  expect(tally.text([sign("b"), sign("idle")], 3)).toBe("2 workers (b, idle), 3 windows in flight");
});
