import type { FedInput } from "../../encoders/encoder.ts";
import { type Pooling, poolTokens } from "../../encoders/pooling.ts";
import { openSteps, type VectorStep } from "../../encoders/vectorSteps.ts";
import { fileError } from "../../errors.ts";
import { type InferenceSession, type Tensor, tensor } from "../../onnx/runtime.ts";
import { openSession, type Provider } from "../../onnx/session.ts";

/** What an inference thread is opened with. */
export interface InferenceData {
  readonly modelFile: string;
  /** A stand-in to open in its place, see `mapModel`. */
  readonly mappedFile: string | null;
  readonly inputs: readonly FedInput[];
  readonly output: string;
  readonly pooling: Pooling;
  readonly skippedTokens: number;
  readonly steps: readonly VectorStep[];
  readonly threads: number;
  readonly provider: Provider;
  readonly deviceId: number;
}

/** One batch: token ids of its texts, end to end. */
export interface InferenceRequest {
  readonly ids: Int32Array;
  readonly lengths: Int32Array;
  readonly positions: readonly Int32Array[] | null;
}

/** Vectors of a batch, row-major, in the order of its texts. */
export interface InferenceReply {
  readonly vectors: Float32Array<ArrayBuffer>;
  readonly dimensions: number;
  /** Time inside the model, for the probe and the bench. */
  readonly elapsedMs: number;
}

/**
 * Opens a model for batches of token ids, on first use.
 * @param beforeRun called between opening and running, to stop there
 */
export function openInference(
  data: InferenceData,
  beforeRun: () => void = () => {},
): (request: InferenceRequest) => Promise<InferenceReply> {
  const takeSteps = openSteps(data.steps);
  let opened: Promise<InferenceSession> | null = null;
  return async ({ ids, lengths, positions }) => {
    opened ??= openModel(data);
    const session = await opened;
    beforeRun();
    const count = lengths.length;
    const width = lengths.reduce((widest, length) => Math.max(widest, length), 0);
    const feeds: Record<string, Tensor> = {};
    for (const input of data.inputs) feeds[input.name] = inputTensor(input, ids, lengths, width, positions);
    const startedAt = performance.now();
    const results = await session.run(feeds, [data.output]);
    const elapsedMs = performance.now() - startedAt;
    const output = results[data.output];
    const values: unknown = output?.data;
    const shape = output?.dims ?? [];
    const expected = data.pooling === "model" ? [count] : [count, width];
    if (!(values instanceof Float32Array) || expected.some((size, axis) => shape[axis] !== size)) {
      throw fileError(
        data.modelFile,
        null,
        `the output ${data.output} has the shape [${shape.join(", ")}] for an input of [${count}, ${width}]; name another with --output`,
      );
    }
    const size = shape.at(-1) ?? 0;
    // The model's own vectors are copied: their memory belongs to ONNX Runtime and cannot be handed over.
    const pooled =
      data.pooling === "model"
        ? new Float32Array(values)
        : poolTokens({ values, count, width, dimensions: size, lengths }, data.pooling, {
            positions,
            skip: data.skippedTokens,
          });
    output?.dispose();
    const dimensions = pooled.length / Math.max(1, count);
    return { ...takeSteps({ vectors: pooled, dimensions }), elapsedMs };
  };
}

function openModel(data: InferenceData): Promise<InferenceSession> {
  const whole = (): Promise<InferenceSession> => openSession(data.modelFile, data);
  return data.mappedFile === null ? whole() : openSession(data.mappedFile, data).catch(whole);
}

/** A padded input: token ids, the mask of real tokens or of chosen ones, or token types, which are all 0 in every recipe. */
function inputTensor(
  input: FedInput,
  ids: Int32Array,
  lengths: Int32Array,
  width: number,
  positions: readonly Int32Array[] | null,
): Tensor {
  const count = lengths.length;
  // A 64-bit integer below 2^31 is its low half and a zero: filling halves avoids a BigInt a token.
  const stride = input.type === "int64" ? 2 : 1;
  const halves = new Int32Array(count * width * stride);
  let offset = 0;
  for (let row = 0; row < count && input.role !== "types"; row++) {
    const length = lengths[row] ?? 0;
    if (input.role === "words") {
      for (const position of positions?.[row] ?? []) halves[(row * width + position) * stride] = 1;
      continue;
    }
    for (let token = 0; token < length; token++) {
      halves[(row * width + token) * stride] = input.role === "ids" ? (ids[offset + token] ?? 0) : 1;
    }
    offset += length;
  }
  return input.type === "int64"
    ? tensor("int64", new BigInt64Array(halves.buffer), [count, width])
    : tensor("int32", halves, [count, width]);
}
