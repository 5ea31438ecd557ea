import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { safetensorsFile, torchZipFile } from "../../../scripts/tinyCheckpoints.mjs";
import { seededNumbers } from "../tinyEncoder.ts";

/** What to change of the adapter that is written. */
export interface AdapterChanges {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly file?: Readonly<Record<string, unknown>>;
  readonly prefix?: string;
  readonly layers?: number;
  readonly hidden?: number;
  readonly names?: readonly string[];
  /** Weights of zero, which change nothing but that the layer's norm is applied. */
  readonly size?: number;
  readonly pickle?: boolean;
  /** Further weights, by the end of their names after the last layer's place. */
  readonly more?: Readonly<Record<string, readonly number[]>>;
  readonly seed?: number;
}

/** Writes an adapter folder as adapter-transformers does, for the small encoders, below a folder. */
export function writeRandomAdapter(below: string, changes: AdapterChanges = {}): string {
  const { prefix = "bert.", layers = 2, hidden = 16, names = ["[PRX]"], size = 0.4 } = changes;
  const folder = mkdtempSync(join(below, "adapter-"));
  const next = seededNumbers(changes.seed ?? 3);
  const tensors = new Map<string, { shape: number[]; data: Float32Array }>();
  for (const name of names) {
    for (let layer = 0; layer < layers; layer++) {
      const at = `${prefix}encoder.layer.${layer}.output.adapters.${name}`;
      const add = (part: string, shape: number[]) =>
        tensors.set(`${at}.${part}`, {
          shape,
          data: Float32Array.from({ length: shape.reduce((product, one) => product * one, 1) }, () => size * next()),
        });
      add("adapter_down.0.weight", [4, hidden]);
      add("adapter_down.0.bias", [4]);
      add("adapter_up.weight", [hidden, 4]);
      add("adapter_up.bias", [hidden]);
    }
    for (const [part, shape] of Object.entries(changes.more ?? {})) {
      const size = shape.reduce((product, one) => product * one, 1);
      tensors.set(`${prefix}${part.replace("NAME", name)}`, { shape: [...shape], data: new Float32Array(size) });
    }
  }
  const config = {
    mh_adapter: false,
    output_adapter: true,
    original_ln_before: true,
    reduction_factor: 4,
    non_linearity: "relu",
    scaling: 1,
    ...changes.config,
  };
  const file = { config, hidden_size: hidden, model_type: "bert", name: "[PRX]", ...changes.file };
  writeFileSync(join(folder, "adapter_config.json"), JSON.stringify(file));
  if (changes.pickle === true) writeFileSync(join(folder, "pytorch_adapter.bin"), torchZipFile(tensors));
  else writeFileSync(join(folder, "adapter.safetensors"), safetensorsFile(tensors));
  return folder;
}
