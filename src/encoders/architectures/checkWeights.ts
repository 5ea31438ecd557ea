import { fileError, firstFew, ScidocsError } from "../../errors.ts";
import { holdsFractions, type StoredTensor, type StoredTensors } from "../../tensorFiles/storedTensor.ts";
import type { EncoderBlueprint } from "./architecture.ts";

/** The weights of an encoder under its blueprint's names, each of the shape that its name asks for. */
export interface CheckedWeights {
  readonly tensors: StoredTensors;
  /** Weights of the checkpoint that the encoder does not use: pooler, prediction heads, counted positions. */
  readonly unused: readonly string[];
}

/** What a blueprint needs to tell its weights from others. */
export type WeightNames = Pick<
  EncoderBlueprint,
  "architecture" | "weights" | "optionalWeights" | "anchor" | "harmless" | "rename"
>;

/**
 * Finds the encoder in a checkpoint. Whatever stands before its names is a prefix, be it a wrapper's (`module.`, `model.bert.`) or a
 * training framework's: where the table of word vectors is found, the other weights are looked for with the same prefix.
 * @throws ScidocsError when there is no such encoder, or several that differ
 */
export function encoderTensors(
  file: string,
  stored: StoredTensors,
  names: WeightNames,
): Pick<Candidate, "tensors" | "others" | "twice"> {
  const rename = names.rename ?? ((name: string) => name);
  const found = [...stored.keys()].filter((name) => name === names.anchor || name.endsWith(`.${names.anchor}`));
  const candidates = found.map((name) => underPrefix(stored, name.slice(0, -names.anchor.length), names, rename));
  candidates.sort((a, b) => b.known - a.known);
  const [best, second] = candidates;
  if (best === undefined) {
    throw fileError(
      file,
      null,
      `holds no ${names.architecture} encoder: ${names.anchor} is missing, with and without a prefix. It has: ${firstFew([...stored.keys()])}`,
    );
  }
  if (second !== undefined && second.known === best.known && !sameStorage(best, second, names.anchor)) {
    throw fileError(
      file,
      null,
      `holds several encoders, under ${candidates.map(({ prefix }) => `"${prefix}"`).join(" and ")}; save the one that is meant by itself`,
    );
  }
  return best;
}

interface Candidate {
  readonly prefix: string;
  readonly tensors: StoredTensors;
  readonly others: readonly string[];
  /** Weights that are there under two names, such as a norm's `gamma` and `weight`, with numbers of their own. */
  readonly twice: readonly string[];
  /** How many of the blueprint's weights are among them. */
  readonly known: number;
}

function underPrefix(
  stored: StoredTensors,
  prefix: string,
  { weights }: WeightNames,
  rename: (name: string) => string,
): Candidate {
  const tensors = new Map<string, StoredTensor>();
  const others: string[] = [];
  const twice: string[] = [];
  for (const [name, tensor] of stored) {
    if (!name.startsWith(prefix)) {
      others.push(name);
      continue;
    }
    const plain = rename(name.slice(prefix.length));
    // Wrappers around single modules put a name of their own into the middle, which begins with an underscore by custom.
    const unwrapped = plain.replace(/(^|\.)_\w+(?=\.)/g, "").replace(/^\./, "");
    const own = !weights.has(plain) && weights.has(unwrapped) ? unwrapped : plain;
    const before = tensors.get(own);
    if (before !== undefined && (before.file !== tensor.file || before.start !== tensor.start)) twice.push(own);
    tensors.set(own, tensor);
  }
  return { prefix, tensors, others, twice, known: [...weights.keys()].filter((name) => tensors.has(name)).length };
}

/** Two prefixes of one encoder, as with a module that is registered twice. */
function sameStorage(a: Candidate, b: Candidate, anchor: string): boolean {
  const [first, second] = [a.tensors.get(anchor), b.tensors.get(anchor)];
  return first !== undefined && second !== undefined && first.file === second.file && first.start === second.start;
}

/**
 * Checks an encoder's weights against its blueprint: every one there and of the right shape, and none inside the encoder left over.
 * @param file named in errors
 * @throws ScidocsError listing what is missing, of a wrong shape, or left over
 */
export function checkWeights(file: string, all: StoredTensors, names: WeightNames): CheckedWeights {
  const { tensors, others, twice } = encoderTensors(file, all, names);
  const shapes = names.weights;
  const missing = [...shapes.keys()].filter((name) => !tensors.has(name) && names.optionalWeights?.has(name) !== true);
  const misshapen = [...shapes].flatMap(([name, shape]) => {
    const found = tensors.get(name)?.shape ?? shape;
    const fits = found.length === shape.length && found.every((size, axis) => size === shape[axis]);
    return fits ? [] : [`${name} is [${found.join(", ")}], not [${shape.join(", ")}]`];
  });
  const wholes = [...shapes.keys()].filter((name) => {
    const tensor = tensors.get(name);
    return tensor !== undefined && !holdsFractions(tensor);
  });
  const leftOver = [...tensors.keys()].filter((name) => !shapes.has(name));
  // Heads do not touch the hidden states. An unknown weight inside the encoder does: leaving it out would give other vectors.
  const insides = new Set([...shapes.keys()].map((name) => name.split(".")[0]));
  const inside = leftOver.filter((name) => insides.has(name.split(".")[0]) && !names.harmless.test(name));
  const problems = [
    missing.length > 0 ? `missing: ${firstFew(missing, 10)}` : "",
    misshapen.length > 0 ? `of another shape than the configuration says: ${firstFew(misshapen, 10)}` : "",
    wholes.length > 0
      ? `of whole numbers, as quantized models have them, whose scales are not read: ${firstFew(wholes, 10)}`
      : "",
    twice.length > 0 ? `there under two names, with numbers of their own: ${firstFew(twice, 10)}` : "",
    inside.length > 0
      ? `left over, so this is no plain ${names.architecture} of this size: ${firstFew(inside, 10)}`
      : "",
  ].filter((problem) => problem !== "");
  if (problems.length > 0) {
    throw new ScidocsError("BAD_INPUT", `${file}: its weights do not fit. ${problems.join(". ")}`);
  }
  return { tensors: new Map([...tensors].filter(([name]) => shapes.has(name))), unused: [...leftOver, ...others] };
}

/** Of the weights that an encoder does not use, those that not every checkpoint has: a reader should hear of them. */
export function unusualLeftovers(unused: readonly string[]): string[] {
  return unused.filter((name) => !/(^|\.)(pooler\.|embeddings\.(position|token_type)_ids$)/.test(name));
}
