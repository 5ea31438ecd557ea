import { fileError, ScidocsError } from "../errors.ts";
import type { EncoderOptions, FedInput, Feeding } from "./encoder.ts";
import type { ModelSignature, ModelValue } from "./modelSignature.ts";
import { type Pooling, type PoolingMode, parsePooling, poolings } from "./pooling.ts";
import { bfloat16 } from "./widenedModel.ts";

/** Inputs that can be fed, by their names. */
export const inputRoles: Readonly<Record<string, FedInput["role"]>> = {
  input_ids: "ids",
  attention_mask: "mask",
  token_type_ids: "types",
  position_ids: "places",
  word_mask: "words",
};

/** Element types of ONNX that matter here, by number. */
const elementTypeNames: Readonly<Record<number, string>> = {
  1: "float32",
  6: "int32",
  7: "int64",
  9: "bool",
  10: "float16",
  11: "float64",
  16: "bfloat16",
};

/** `name type[shape]` of every value, for messages. */
function listValues(values: readonly ModelValue[]): string {
  return values
    .map(({ name, elementType, shape }) => {
      const type = elementTypeNames[elementType] ?? `type ${elementType}`;
      return `${name} ${type}[${shape.map((size) => size ?? "?").join(", ")}]`;
    })
    .join("; ");
}

/**
 * The inputs of a text encoder, with what each is fed.
 * @throws ScidocsError `BAD_INPUT` listing the model's inputs where one is missing, unknown or of another type
 */
export function fedInputs(modelFile: string, signature: ModelSignature): FedInput[] {
  const has = `the model's inputs are: ${listValues(signature.inputs)}`;
  if (!signature.inputs.some(({ name }) => inputRoles[name] === "ids")) {
    throw fileError(modelFile, null, `a text encoder needs the input input_ids; ${has}`);
  }
  return signature.inputs.map(({ name, elementType }) => {
    const role = inputRoles[name];
    if (role === undefined) {
      throw fileError(
        modelFile,
        null,
        `cannot feed the input ${name} (known: ${Object.keys(inputRoles).join(", ")}); ${has}`,
      );
    }
    const type = elementTypeNames[elementType];
    if (type === "int64" || type === "int32") return { role, name, type };
    // A mask may be of the type that the attention's scores are of, or say yes and no.
    if (role === "mask" && (type === "float32" || type === "float16" || type === "bool")) return { role, name, type };
    throw fileError(modelFile, null, `the input ${name} should hold integers (int64 or int32); ${has}`);
  });
}

/** Tokens of the largest batch that a model may demand: each of them costs memory whatever the texts have. */
const mostFixed = 2 ** 20;

/**
 * How the inputs are to be filled: sizes that the model was exported for, and whether padding can be hidden.
 * @param firstPlace the place of a text's first token, where the model is fed with places
 * @throws ScidocsError `BAD_INPUT` for a fixed length without a mask, and for sizes of nothing or beyond all reason
 */
export function feedingOf(modelFile: string, signature: ModelSignature, firstPlace: number): Feeding {
  const ids = signature.inputs.find(({ name }) => inputRoles[name] === "ids");
  const [fixedBatch = null, fixedTokens = null] = ids?.shape ?? [];
  const fixed = (fixedBatch ?? 1) * (fixedTokens ?? 1);
  if (!(fixed >= 1 && fixed <= mostFixed)) {
    const sizes = `batches of ${fixedBatch ?? "any number of"} texts of ${fixedTokens ?? "any number of"} tokens`;
    throw fileError(modelFile, null, `was made for ${sizes}, which nobody can feed; export it with dynamic axes`);
  }
  const padded = signature.inputs.some(({ name }) => inputRoles[name] === "mask");
  if (fixedTokens !== null && !padded) {
    throw fileError(
      modelFile,
      null,
      `takes exactly ${fixedTokens} tokens and has no attention_mask, so that padding would count; export it with a mask or with dynamic axes`,
    );
  }
  return { firstPlace, padded, fixedBatch, fixedTokens };
}

/** Outputs at every token, by the names that exporters give them. */
const tokenOutputs = ["last_hidden_state", "token_embeddings"];

/** float32, float16 and bfloat16; the last two are widened. */
const floatTypes: ReadonlySet<number> = new Set([1, 10, bfloat16]);

function onlyOne(values: readonly ModelValue[]): ModelValue | undefined {
  return values.length === 1 ? values[0] : undefined;
}

/**
 * The output to take and how to pool it.
 * @param declared what the model's folder declares; a pooling that is asked for in the options comes before it
 * @throws ScidocsError listing the model's outputs where none fits, or `USAGE` for a pooling that does not
 */
export function chooseOutput(
  modelFile: string,
  signature: ModelSignature,
  declared: readonly PoolingMode[] | null,
  options: EncoderOptions,
): { output: ModelValue; pooling: Pooling } {
  const has = `the model's outputs are: ${listValues(signature.outputs)}`;
  const asked = options.pooling;
  const pooling = asked === undefined ? declared : parsePooling(asked);
  if (asked !== undefined && pooling === null) {
    throw new ScidocsError(
      "USAGE",
      `--pooling ${asked}: not known; use ${poolings.join(", ")}, or several as cls+mean`,
    );
  }
  const named = (name: string): ModelValue | undefined => signature.outputs.find((output) => output.name === name);
  const tokens = tokenOutputs.map(named).find((output) => output !== undefined);
  const sentence = named("sentence_embedding");
  let output: ModelValue | undefined;
  if (options.output !== undefined) {
    output = named(options.output);
    if (output === undefined)
      throw fileError(modelFile, null, `--output ${options.output}: there is no such output; ${has}`);
  } else {
    // A model that makes sentence vectors itself knows best how, unless its folder declares a pooling or the user asks for one.
    output = pooling === null ? (sentence ?? tokens) : (tokens ?? sentence);
    // An export of another tool may call its outputs anything; the only one that has the right shape is meant.
    output ??= onlyOne(signature.outputs.filter(({ shape }) => shape.length === 3));
    output ??= onlyOne(signature.outputs.filter(({ shape }) => shape.length === 2));
    if (output === undefined) {
      throw fileError(
        modelFile,
        null,
        `none of the outputs last_hidden_state, token_embeddings and sentence_embedding; name one with --output; ${has}`,
      );
    }
  }
  if (!floatTypes.has(output.elementType)) {
    throw fileError(modelFile, null, `the output ${output.name} should be float32 or float16; ${has}`);
  }
  const rank = output.shape.length;
  if (rank !== 2 && rank !== 3) {
    throw fileError(
      modelFile,
      null,
      `the output ${output.name} should be [batch, tokens, width] or [batch, width]; ${has}`,
    );
  }
  requireAxes(modelFile, signature, output);
  if (rank === 2 && asked !== undefined) {
    throw new ScidocsError(
      "USAGE",
      `--pooling ${asked}: the output ${output.name} is already one vector a text; leave --pooling out; ${has}`,
    );
  }
  return { output, pooling: rank === 2 ? "model" : (pooling ?? ["cls"]) };
}

/**
 * An output whose axes are named after the texts' tokens where a vector needs others: as long as a run's longest text, or turned. Where
 * sizes happen to agree, as in a run of five texts of five tokens, nothing else would tell.
 */
function requireAxes(modelFile: string, { inputs }: ModelSignature, output: ModelValue): void {
  const ids = inputs.find(({ name }) => inputRoles[name] === "ids");
  const [texts = null, tokens = null] = ids?.symbols ?? [];
  if (tokens === null || tokens === "" || tokens === texts) return;
  const [first = null] = output.symbols;
  if (first !== tokens && output.symbols.at(-1) !== tokens) return;
  throw fileError(
    modelFile,
    null,
    `the output ${output.name} is [${output.shape.map((size, axis) => size ?? output.symbols[axis] ?? "?").join(", ")}], where ${tokens} is the number of tokens: ` +
      "not [batch, tokens, width] or [batch, width]; name another with --output",
  );
}
