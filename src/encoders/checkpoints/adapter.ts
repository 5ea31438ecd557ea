import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { fileError, firstFew, ScidocsError } from "../../errors.ts";
import { isOptionalThere } from "../../files/isThere.ts";
import { readJsonObject } from "../../files/jsonFile.ts";
import { printableValue } from "../../printable.ts";
import { readSafetensors } from "../../tensorFiles/safetensors.ts";
import { requireNumbers, type StoredTensor, type StoredTensors } from "../../tensorFiles/storedTensor.ts";
import { readTorch } from "../../tensorFiles/torch.ts";
import type { AdapterShape, EncoderBlueprint } from "../architectures/architecture.ts";
import { refusePeft } from "./peft.ts";

/** A bottleneck adapter that fits an encoder: its weights under the names that the graph looks for. */
export interface CheckedAdapter extends AdapterShape {
  readonly tensors: StoredTensors;
}

/** Where an adapter's weights may lie, the newer file first. */
const weightNames = ["adapter.safetensors", "pytorch_adapter.bin"] as const;

/** Settings that every bottleneck states. */
const stated = ["mh_adapter", "output_adapter", "non_linearity", "reduction_factor"] as const;

/**
 * Settings of a bottleneck after the second half of each layer (`seq_bn`, once `pfeiffer`), with the only value that is built; after it
 * what the library takes where a setting is not there, if that is another value.
 */
const fixed: Readonly<Record<string, readonly [built: unknown, absent?: unknown]>> = {
  mh_adapter: [false],
  output_adapter: [true],
  original_ln_before: [true, false],
  original_ln_after: [true],
  residual_before_ln: [true],
  adapter_residual_before_ln: [false],
  ln_before: [false],
  ln_after: [false],
  is_parallel: [false],
  phm_layer: [false],
  use_gating: [false],
  inv_adapter: [null],
  non_linearity: ["relu"],
};

/** Kinds of adapters that are no bottleneck, or are several in one; any other name, or none, means a bottleneck. */
const otherKinds: ReadonlySet<unknown> = new Set(["lora", "prefix_tuning", "prompt_tuning", "reft", "union"]);

const configSchema = z.object({
  config: z.record(z.string(), z.unknown()),
  hidden_size: z.number().int().positive().optional(),
  model_type: z.string().optional(),
  name: z.string().optional(),
});

/** The files that decide about an adapter, as paths. @throws ScidocsError `NOT_FOUND` when one is missing */
export function adapterFiles(folder: string): { readonly config: string; readonly weights: string } {
  const config = join(folder, "adapter_config.json");
  const weights = weightNames.map((name) => join(folder, name)).find(isOptionalThere);
  if (isOptionalThere(config) && weights !== undefined) return { config, weights };
  refusePeft(folder);
  throw new ScidocsError(
    "NOT_FOUND",
    `--adapter ${folder}: no ${isOptionalThere(config) ? weightNames.join(" or ") : "adapter_config.json"} in it; give the folder that adapters saved`,
  );
}

/** An adapter's name for tables: its folder's. */
export function adapterName(folder: string): string {
  return basename(resolve(folder));
}

/**
 * Reads an adapter of adapter-transformers or adapters (Pfeiffer et al. 2020, https://arxiv.org/abs/2005.00052), as SPECTER2 has them.
 * @param prefix of its weights among the encoder's
 * @throws ScidocsError for another placement, or an adapter of another base
 */
export function readAdapter(folder: string, blueprint: EncoderBlueprint, prefix: string): CheckedAdapter {
  const { config: file, weights } = adapterFiles(folder);
  const parsed = configSchema.safeParse(readJsonObject(file));
  if (!parsed.success) throw fileError(file, null, `is no adapter that we know: ${z.prettifyError(parsed.error)}`);
  const { config, hidden_size: hidden, model_type: type, name } = parsed.data;
  if (blueprint.takesAdapters !== true || (type !== undefined && type !== blueprint.architecture)) {
    throw fileError(file, null, `is for a ${type ?? "BERT"} model; the checkpoint is ${blueprint.architecture}`);
  }
  if (hidden !== undefined && hidden !== blueprint.hiddenSize) {
    throw fileError(file, null, `is for a base of hidden size ${hidden}; the checkpoint's is ${blueprint.hiddenSize}`);
  }
  const scaling = checkConfig(file, config);
  const stored = weights.endsWith(".safetensors") ? readSafetensors(weights) : readTorch(weights);
  const checked = adapterTensors(weights, stored, name, blueprint);
  return { prefix, scaling, tensors: new Map([...checked].map(([part, tensor]) => [`${prefix}.${part}`, tensor])) };
}

function checkConfig(file: string, config: Readonly<Record<string, unknown>>): number {
  const refuse = (what: string): never => {
    throw fileError(file, null, `${what}: only a bottleneck after the second half of every layer (seq_bn) is built`);
  };
  if (otherKinds.has(config.architecture)) refuse(`is a ${printableValue(config.architecture)}`);
  for (const key of stated) if (config[key] === undefined) refuse(`does not say its ${key}`);
  for (const [key, [built, absent = built]] of Object.entries(fixed)) {
    // Python takes null for no.
    const found = config[key] === undefined ? absent : built === false ? (config[key] ?? false) : config[key];
    if (found !== built)
      refuse(`${key} is ${printableValue(found)}${config[key] === undefined ? " where it is not said" : ""}`);
  }
  const leaveOut = config.leave_out ?? [];
  if (!Array.isArray(leaveOut) || leaveOut.length > 0) refuse("leave_out is not empty");
  if (typeof config.reduction_factor !== "number") refuse("reduction_factor differs between layers");
  const scaling = config.scaling ?? 1;
  if (typeof scaling !== "number" || !Number.isFinite(Math.fround(scaling)))
    return refuse(`scaling is ${printableValue(scaling)}`);
  return scaling;
}

/** Names end so in every wrapper: `…layer.3.output.adapters.NAME.adapter_down.0.weight`; DistilBERT's have `output_adapters`. */
const weightName =
  /layer\.(\d+)\.(?:output\.|output_adapters\.)?adapters\.([^.]+)\.adapter_(down|up)(?:\.0)?\.(weight|bias)$/;

/**
 * Any weight of an adapter: of another place in the layer, a norm, a gate, one around the embeddings, or of another method that is part of it
 * (`loras.NAME`, `prefix_tunings.NAME`).
 */
const adapterWeight = /(?:^|\.)[a-z]\w*s\.([^.]+)(?:\.|$)/g;

function adapterTensors(
  file: string,
  stored: StoredTensors,
  name: string | undefined,
  { hiddenSize, layers }: EncoderBlueprint,
): StoredTensors {
  const found = [...stored].flatMap(([key, tensor]) => {
    const [, layer = "", own = "", half = "", kind = ""] = weightName.exec(key) ?? [];
    return layer === "" ? [] : [{ layer: Number(layer), own, part: `${half}.${kind}`, tensor }];
  });
  const names = [...new Set(found.map(({ own }) => own))];
  const chosen = names.length === 1 ? names[0] : names.find((own) => own === name);
  if (chosen === undefined) {
    throw fileError(file, null, `holds ${names.length === 0 ? "no adapter" : `several adapters: ${firstFew(names)}`}`);
  }
  const others = [...stored.keys()].filter(
    (key) => !weightName.test(key) && [...key.matchAll(adapterWeight)].some(([, own]) => own === chosen),
  );
  if (others.length > 0) {
    throw fileError(file, null, `has weights that are not built (${firstFew(others)}): they would change the vectors`);
  }
  const mine = found.filter(({ own }) => own === chosen);
  const width = mine.find(({ part }) => part === "down.bias")?.tensor.shape[0] ?? 0;
  if (width < 1) throw fileError(file, null, `has no adapter_down.bias with a number in it`);
  const shapes: Readonly<Record<string, readonly number[]>> = {
    "down.weight": [width, hiddenSize],
    "down.bias": [width],
    "up.weight": [hiddenSize, width],
    "up.bias": [hiddenSize],
  };
  const tensors = new Map<string, StoredTensor>();
  for (const { layer, part, tensor } of mine) {
    const shape = shapes[part] ?? [];
    if (tensor.shape.join() !== shape.join()) {
      throw fileError(
        file,
        null,
        `its ${part} of layer ${layer} is [${tensor.shape.join(", ")}], not [${shape.join(", ")}]: it is for another base`,
      );
    }
    if (tensors.has(`${layer}.${part}`)) throw fileError(file, null, `has its ${part} of layer ${layer} twice`);
    requireNumbers(`its ${part} of layer ${layer}`, tensor);
    tensors.set(`${layer}.${part}`, tensor);
  }
  const wanted = Array.from({ length: layers }, (_, layer) => Object.keys(shapes).map((part) => `${layer}.${part}`));
  const missing = wanted.flat().filter((key) => !tensors.has(key));
  if (missing.length > 0 || tensors.size > wanted.flat().length) {
    const deepest = mine.reduce((most, { layer }) => Math.max(most, layer + 1), 0);
    throw fileError(
      file,
      null,
      `has adapters for ${deepest} layers, the checkpoint has ${layers}${missing.length > 0 ? `; missing: ${firstFew(missing.map((part) => `adapter.${part}`))}` : ""}`,
    );
  }
  return tensors;
}
