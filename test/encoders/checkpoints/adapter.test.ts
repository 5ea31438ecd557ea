import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { exportCheckpoint } from "../../../src/encoders/checkpoints/exportCheckpoint.ts";
import type { EncoderOptions } from "../../../src/encoders/encoder.ts";
import { resolveEncoder } from "../../../src/encoders/resolveEncoder.ts";
import { writeRandomEncoder } from "../architectures/randomEncoder.ts";
import { vectorsOf } from "../embedInProcess.ts";
import { lastingFolder } from "./lastingFolder.ts";
import { type AdapterChanges, writeRandomAdapter } from "./randomAdapter.ts";

const scratch = lastingFolder();
const cacheDir = lastingFolder();
const base = (type = "bert") => writeRandomEncoder(mkdtempSync(join(scratch, `${type}-`)), type);
const ids = [
  [2, 9, 4, 28, 3, 7, 3],
  [2, 8, 3],
];
const adapter = (changes: AdapterChanges = {}): string => writeRandomAdapter(scratch, changes);

async function embed(folder: string, options: EncoderOptions = {}): Promise<Float32Array[]> {
  const encoder = await resolveEncoder(folder, { recipe: "hf-space", cacheDir, ...options });
  return vectorsOf({ ...encoder, provider: "cpu" }, ids);
}

const largest = (a: readonly Float32Array[], b: readonly Float32Array[]): number =>
  Math.max(...a.flatMap((row, index) => [...row].map((value, k) => Math.abs(value - (b[index]?.[k] ?? 99)))));

describe("an adapter", () => {
  it("changes the vectors, from either file format, and names the model after both", async () => {
    const model = base();
    const plain = await embed(model);
    const adapted = await embed(model, { adapter: adapter() });
    expect(largest(plain, adapted)).toBeGreaterThan(0.05);
    expect(await embed(model, { adapter: adapter({ pickle: true, prefix: "module.bert." }) })).toEqual(adapted);
    const folder = adapter();
    const encoder = await resolveEncoder(model, { recipe: "hf-space", cacheDir, adapter: folder });
    expect(encoder.name).toBe(`${model.split("/").at(-1)}+${folder.split("/").at(-1)}`);
    expect(encoder.fingerprint).not.toBe((await resolveEncoder(model, { recipe: "hf-space", cacheDir })).fingerprint);
  });

  it("is the same in operators of the standard and for all tokens, and scaled as it says", async () => {
    const model = base();
    const folder = adapter();
    const adapted = await embed(model, { adapter: folder });
    expect(largest(adapted, await embed(model, { adapter: folder, provider: "webgpu" }))).toBeLessThan(1e-5);
    expect(largest(adapted, await embed(model, { adapter: folder, output: "last_hidden_state" }))).toBeLessThan(1e-5);
    const off = await embed(model, { adapter: adapter({ config: { scaling: 0 } }) });
    const zero = await embed(model, { adapter: adapter({ size: 0 }) });
    expect(largest(off, zero)).toBeLessThan(1e-6);
  });

  it("is merged into what export writes", async () => {
    const model = base();
    const folder = adapter();
    const file = join(mkdtempSync(join(scratch, "export-")), "merged.onnx");
    await exportCheckpoint(model, file, { adapter: folder, recipe: "hf-space" });
    expect(await embed(file)).toEqual(await embed(model, { adapter: folder }));
  });

  it("is the one that the configuration names where a file holds several", async () => {
    const model = base();
    const [one, two] = [adapter({ names: ["[PRX]"] }), adapter({ names: ["[PRX]", "[CLF]"] })];
    expect(await embed(model, { adapter: two })).toEqual(await embed(model, { adapter: one }));
    await expect(embed(model, { adapter: adapter({ names: ["a", "b"] }) })).rejects.toThrow(/several adapters: a, b/);
  });

  it.each([
    ["another hidden size", { hidden: 8 }, /for a base of hidden size 8; the checkpoint's is 16/],
    [
      "another hidden size that it does not state",
      { hidden: 8, file: { hidden_size: undefined } },
      /it is for another base/,
    ],
    ["another number of layers", { layers: 3 }, /adapters for 3 layers, the checkpoint has 2/],
    ["too few layers", { layers: 1 }, /adapters for 1 layers, the checkpoint has 2; missing: adapter\.1\.down\.weight/],
    ["another kind of model", { file: { model_type: "roberta" } }, /is for a roberta model; the checkpoint is bert/],
    ["a place in attention", { config: { mh_adapter: true } }, /mh_adapter is true: only a bottleneck after/],
    ["another activation", { config: { non_linearity: "swish" } }, /non_linearity is "swish"/],
    ["a setting that it must state", { config: { mh_adapter: undefined } }, /does not say its mh_adapter/],
    ["one that the library takes for no", { config: { original_ln_after: null } }, /original_ln_after is null/],
    [
      "one that the library takes for no where it is not there",
      { config: { original_ln_before: undefined } },
      /original_ln_before is false where it is not said/,
    ],
    ["several adapters in one", { config: { architecture: "union", configs: [] } }, /is a "union"/],
    ["layers left out in another way", { config: { leave_out: true } }, /leave_out is not empty/],
    [
      "weights of another method beside its own",
      { more: { "encoder.layer.0.attention.self.query.loras.NAME.lora_A": [16] } },
      /weights that are not built/,
    ],
    [
      "a prefix beside its own",
      { more: { "prefix_tuning.prefix_tunings.NAME.input_tokens.weight": [16] } },
      /weights that are not built/,
    ],
    ["layers left out", { config: { leave_out: [0] } }, /leave_out is not empty/],
    ["a scaling beyond single precision", { config: { scaling: 1e39 } }, /scaling is 1e\+39/],
    [
      "weights in attention, whatever the configuration says",
      { more: { "encoder.layer.0.attention.output.adapters.NAME.adapter_up.bias": [16] } },
      /weights that are not built \(bert\.encoder\.layer\.0\.attention/,
    ],
    [
      "a norm of its own",
      { more: { "encoder.layer.0.output.adapters.NAME.adapter_norm_before.weight": [16] } },
      /weights that are not built/,
    ],
    ["weights around the embeddings", { more: { "invertible_adapters.NAME.F.0.weight": [4] } }, /that are not built/],
    [
      "a weight that it has twice",
      { more: { "layer.1.adapters.NAME.adapter_up.0.bias": [16] } },
      /its up\.bias of layer 1 twice/,
    ],
    ["a scaling that is learnt", { config: { scaling: "learned" } }, /scaling is "learned"/],
    [
      "a mapped reduction",
      { config: { reduction_factor: { default: 16 } } },
      /reduction_factor differs between layers/,
    ],
  ] as const)("is refused for %s", async (_what, changes, message) => {
    await expect(embed(base(), { adapter: adapter(changes as AdapterChanges) })).rejects.toThrow(message);
  });

  it("is refused for encoders that take none, ONNX files, LoRA, and where there is none", async () => {
    const folder = adapter();
    await expect(embed(base("modernbert"), { adapter: folder })).rejects.toThrow(/the checkpoint is modernbert/);
    const lora = mkdtempSync(join(scratch, "lora-"));
    writeFileSync(join(lora, "adapter_config.json"), JSON.stringify({ peft_type: "LORA" }));
    writeFileSync(join(lora, "adapter_model.safetensors"), "x");
    await expect(embed(base(), { adapter: lora })).rejects.toThrow(/has a PEFT adapter in it.*merge it/);
    // As a model it is none either, alone or beside weights: Python's libraries load it over them.
    await expect(resolveEncoder(lora, { cacheDir })).rejects.toThrow(/has a PEFT adapter in it.*save_pretrained\)$/);
    const beside = mkdtempSync(join(scratch, "beside-"));
    cpSync(base(), beside, { recursive: true });
    writeFileSync(join(beside, "adapter_config.json"), JSON.stringify({ peft_type: "LORA", r: 4 }));
    await expect(resolveEncoder(beside, { cacheDir })).rejects.toThrow(/has a PEFT adapter in it.*use the base alone/);
    rmSync(join(beside, "adapter_config.json"));
    expect((await resolveEncoder(beside, { cacheDir })).source).toBe("huggingface");
    await expect(embed(base(), { adapter: scratch })).rejects.toThrow(/no adapter_config\.json in it/);
    const file = join(scratch, "some", "plain.onnx");
    mkdirSync(dirname(file), { recursive: true });
    await exportCheckpoint(base(), file, { recipe: "hf-space" });
    await expect(embed(file, { adapter: folder })).rejects.toThrow(
      /give the checkpoint, or export it with the adapter/,
    );
  });
});
