import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { safetensorsFile, writeTinyCheckpoints } from "../../scripts/tinyCheckpoints.mjs";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();
const mini = join(import.meta.dirname, "../../datasets/mini");

/** An adapter for the tiny checkpoint: 3 layers of 64 numbers, a bottleneck of 4. */
function writeAdapter(name: string, size: number, hidden = 64): void {
  mkdirSync(join(folder, name));
  const tensors = new Map<string, { shape: number[]; data: Float32Array }>();
  for (let layer = 0; layer < 3; layer++) {
    const at = `bert.encoder.layer.${layer}.output.adapters.${name}`;
    const add = (part: string, shape: number[]) =>
      tensors.set(`${at}.${part}`, {
        shape,
        data: new Float32Array(shape.reduce((a, b) => a * b, 1)).map((_, index) => size * Math.sin(index + layer)),
      });
    add("adapter_down.0.weight", [4, hidden]);
    add("adapter_down.0.bias", [4]);
    add("adapter_up.weight", [hidden, 4]);
    add("adapter_up.bias", [hidden]);
  }
  writeFileSync(
    join(folder, name, "adapter_config.json"),
    JSON.stringify({
      config: {
        mh_adapter: false,
        output_adapter: true,
        original_ln_before: true,
        reduction_factor: 4,
        non_linearity: "relu",
      },
      hidden_size: hidden,
      model_type: "bert",
    }),
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
    const flags = [
      "--adapter",
      "near",
      "far",
      "--data",
      mini,
      "--tasks",
      "cite",
      "--no-store",
      "--format",
      "json",
      "--max-length",
      "24",
    ];
    const ran = runScidocs(folder, ["run", "--model", "hf", ...flags]);
    expect(ran.exitCode, ran.stderr).toBe(0);
    const { rows } = JSON.parse(ran.stdout) as { rows: { model: string }[] };
    expect(rows.map(({ model }) => model)).toEqual(["hf+near (hf)", "hf+far (hf)"]);
  });

  it("embeds for several in one pass over the tokens, and stores what each would store alone, byte for byte", () => {
    const short = ["--max-length", "24"];
    const tasks = ["--data", mini, "--tasks", "cite", ...short];
    const [together, alone] = ["together", "alone"].map((name) => ({ XDG_CACHE_HOME: join(folder, name) }));
    const ran = runScidocs(folder, ["run", "--model", "hf", "--adapter", "near", "far", ...tasks], together);
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(ran.stderr).toContain("hf+near, hf+far: embedded in one pass over the tokens\n");
    expect(ran.stderr.match(/: 0 texts embedded, 512 taken from the store/g)).toHaveLength(2);
    expect(ran.stderr).toContain("1 of 2: hf --adapter near\n");
    const papers = join(mini, "paper_metadata_view_cite_read.json");
    for (const adapter of ["near", "far"]) {
      const model = ["--model", "hf", "--adapter", adapter];
      const own = runScidocs(folder, ["run", ...model, ...tasks, "-o", `${adapter}.json`], alone);
      expect(own.stderr).toContain(": 512 texts embedded");
      const vectors = [together, alone].map((env, index) => {
        const out = `${adapter}-${index}.npy`;
        const embedded = runScidocs(folder, ["embed", ...model, "--papers", papers, ...short, "-o", out], env);
        expect(embedded.stderr).toContain("512 taken from the store");
        return readFileSync(join(folder, out));
      });
      expect(vectors[0]?.equals(vectors[1] ?? Buffer.alloc(0))).toBe(true);
    }
  });

  it("runs those that fit where one does not, and those that are left where some are stored already", () => {
    const flags = ["--data", mini, "--tasks", "cite", "--store", "some", "--max-length", "24"];
    writeAdapter("wide", 0.3, 32);
    const first = runScidocs(folder, ["run", "--model", "hf", "--adapter", "near", "-o", "n.json", ...flags]);
    expect(first.exitCode, first.stderr).toBe(0);
    const ran = runScidocs(folder, ["run", "--model", "hf", "--adapter", "near", "far", "wide", ...flags]);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).not.toContain("in one pass");
    expect(ran.stderr).toMatch(/hf --adapter wide: .*is for a base of hidden size 32/);
    expect(ran.stderr).toMatch(/1 of 3 models failed: hf --adapter wide/);
    expect(ran.stdout).toMatch(/hf\+near[\s\S]*hf\+far/);
  });

  it("takes adapters with names of their own from scidocs.config.json, in one pass as well", () => {
    const entry = (adapter: string) => ({ model: "../hf", adapter: `../${adapter}`, name: `the ${adapter} one` });
    const place = join(folder, "configured");
    mkdirSync(place);
    const run = { data: mini, models: [entry("near"), entry("far")] };
    writeFileSync(join(place, "scidocs.config.json"), JSON.stringify({ run }));
    const ran = runScidocs(place, ["run", "--tasks", "cite", "--max-length", "24"]);
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(ran.stderr).toContain("the near one, the far one: embedded in one pass over the tokens\n");
    expect(ran.stdout).toMatch(/the near one \(hf\)[\s\S]*the far one \(hf\)/);
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
