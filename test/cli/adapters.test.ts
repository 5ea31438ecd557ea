import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { safetensorsFile, writeTinyCheckpoints } from "../../scripts/tinyCheckpoints.mjs";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();
const mini = join(import.meta.dirname, "../../datasets/mini");

/** An adapter for the tiny checkpoint: 3 layers of 64 numbers, a bottleneck of 4. */
function writeAdapter(name: string, size: number): void {
  mkdirSync(join(folder, name));
  const tensors = new Map<string, { shape: number[]; data: Float32Array }>();
  for (let layer = 0; layer < 3; layer++) {
    const at = `bert.encoder.layer.${layer}.output.adapters.${name}`;
    const add = (part: string, shape: number[]) =>
      tensors.set(`${at}.${part}`, {
        shape,
        data: new Float32Array(shape.reduce((a, b) => a * b, 1)).map((_, index) => size * Math.sin(index + layer)),
      });
    add("adapter_down.0.weight", [4, 64]);
    add("adapter_down.0.bias", [4]);
    add("adapter_up.weight", [64, 4]);
    add("adapter_up.bias", [64]);
  }
  writeFileSync(
    join(folder, name, "adapter_config.json"),
    JSON.stringify({ config: {}, hidden_size: 64, model_type: "bert" }),
  );
  writeFileSync(join(folder, name, "adapter.safetensors"), safetensorsFile(tensors));
}

beforeAll(() => {
  writeTinyCheckpoints(folder);
  writeAdapter("near", 0.2);
  writeAdapter("far", 0.6);
});

describe("scidocs run --adapter", () => {
  it("makes a row of each of several adapters, named after base and adapter", () => {
    const flags = ["--adapter", "near", "far", "--data", mini, "--tasks", "cite", "--no-store", "--format", "json"];
    const ran = runScidocs(folder, ["run", "--model", "hf", ...flags]);
    expect(ran.exitCode, ran.stderr).toBe(0);
    const { rows } = JSON.parse(ran.stdout) as { rows: { model: string }[] };
    expect(rows.map(({ model }) => model)).toEqual(["hf+near (hf)", "hf+far (hf)"]);
  });

  it("takes one at a time elsewhere", () => {
    const ran = runScidocs(folder, [
      "embed",
      "--model",
      "hf",
      "--adapter",
      "near",
      "far",
      "--papers",
      "papers.json",
      "-o",
      "x.jsonl",
    ]);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toMatch(/--adapter near far: one at a time here; scidocs run makes a row of each/);
  });
});
