import type { FedInput, Feeding } from "../../encoders/encoder.ts";
import { type Pooling, poolTokens } from "../../encoders/pooling.ts";
import { openSteps, type VectorStep } from "../../encoders/vectorSteps.ts";
import { fileError } from "../../errors.ts";
import type { InferenceSession, Tensor } from "../../onnx/runtime.ts";
import { runtimeProblem } from "../../onnx/runtimeProblem.ts";
import { openSession, type Provider } from "../../onnx/session.ts";
import { widenHalf } from "../../tensorFiles/halves.ts";
import { groupRows, inputTensor, type RowGroup, type TokenRows } from "./feeds.ts";
import { tryBeside, tryTwice } from "./trial.ts";

/** What an inference thread is opened with. */
export interface InferenceData {
  readonly modelFile: string;
  /** A stand-in to open in its place, see `mapModel`. */
  readonly mappedFile: string | null;
  readonly inputs: readonly FedInput[];
  readonly feeding: Feeding;
  readonly output: string;
  readonly otherOutputs: readonly string[];
  readonly pooling: Pooling;
  readonly skippedTokens: number;
  readonly steps: readonly VectorStep[];
  /** Whether the graph is not of our making, and is tried before its vectors are relied on. */
  readonly isForeign?: boolean;
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
  /** What a user should hear of the model, after its trial. */
  readonly note?: string;
}

/**
 * Opens a model for batches of token ids, on first use.
 * @param beforeRun called between opening and running, to stop there
 * @throws ScidocsError from the function that it returns: `BAD_INPUT` for what ONNX Runtime refuses, saying what to do
 */
export function openInference(
  data: InferenceData,
  beforeRun: () => void = () => {},
): (request: InferenceRequest) => Promise<InferenceReply> {
  const takeSteps = openSteps(data.steps);
  let opened: Promise<InferenceSession> | null = null;
  let [isTriedTwice, isTriedBeside] = [false, false];
  return async ({ ids, lengths, positions }) => {
    opened ??= openModel(data);
    const session = await opened;
    const texts: TokenRows = { ids, lengths, starts: startsOf(lengths), positions };
    const reply = await inferTexts(session, texts);
    if (data.isForeign !== true) return reply;
    // The run's own text, for its numbers and its length are sure to be the model's.
    const trial = { modelFile: data.modelFile, text: ids.subarray(0, lengths[0] ?? 0), padded: data.feeding.padded };
    const run = async (some: readonly Int32Array[]) =>
      (await inferTexts(session, rowsOf(some, positions !== null))).vectors;
    if (!isTriedTwice) await tryTwice(trial, run);
    isTriedTwice = true;
    if (isTriedBeside || lengths.length === 1) return reply;
    isTriedBeside = true;
    const note = await tryBeside(trial, run);
    return note === null ? reply : { ...reply, note };
  };

  async function inferTexts(session: InferenceSession, texts: TokenRows): Promise<InferenceReply> {
    const { lengths } = texts;
    const parts = 1 + data.otherOutputs.length;
    let pooled: Float32Array<ArrayBuffer> | null = null;
    let elapsedMs = 0;
    for (const group of groupRows(lengths, data.feeding)) {
      beforeRun();
      const ran = await runGroup(session, data, texts, group);
      elapsedMs += ran.elapsedMs;
      for (const [part, vectors] of ran.vectors.entries()) {
        const width = vectors.length / group.rows.length;
        pooled ??= new Float32Array(lengths.length * parts * width);
        if (pooled.length !== lengths.length * parts * width) {
          throw fileError(data.modelFile, null, `gives vectors of different lengths for texts of one batch`);
        }
        for (let index = 0; index < group.count; index++) {
          const row = (group.rows[index] ?? 0) * parts + part;
          pooled.set(vectors.subarray(index * width, (index + 1) * width), row * width);
        }
      }
    }
    const whole = pooled ?? new Float32Array(0);
    const stepped = takeSteps({ vectors: whole, dimensions: whole.length / Math.max(1, parts * lengths.length) });
    return { vectors: stepped.vectors, dimensions: parts * stepped.dimensions, elapsedMs };
  }
}

/** @param byWords whether the model is told where words end: for its trial, at every token */
function rowsOf(texts: readonly Int32Array[], byWords: boolean): TokenRows {
  const lengths = Int32Array.from(texts, ({ length }) => length);
  const ids = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  const starts = startsOf(lengths);
  for (const [row, text] of texts.entries()) ids.set(text, starts[row]);
  const positions = byWords ? texts.map((text) => Int32Array.from(text.keys())) : null;
  return { ids, lengths, starts, positions };
}

/** The vectors of a group by each output. */
async function runGroup(
  session: InferenceSession,
  data: InferenceData,
  texts: TokenRows,
  group: RowGroup,
): Promise<{ vectors: readonly Float32Array<ArrayBuffer>[]; elapsedMs: number }> {
  const feeds: Record<string, Tensor> = {};
  for (const input of data.inputs) feeds[input.name] = inputTensor(input, texts, group, data.feeding);
  const names = [data.output, ...data.otherOutputs];
  const startedAt = performance.now();
  const results = await session.run(feeds, names).catch((error: unknown) => {
    throw runtimeProblem(data.modelFile, group.rows.length, group.width, error);
  });
  const elapsedMs = performance.now() - startedAt;
  return { vectors: names.map((name) => vectorsOf(data, name, results[name], texts, group)), elapsedMs };
}

function vectorsOf(
  data: InferenceData,
  name: string,
  output: Tensor | undefined,
  texts: TokenRows,
  group: RowGroup,
): Float32Array<ArrayBuffer> {
  const [count, width] = [group.rows.length, group.width];
  const shape = output?.dims ?? [];
  const expected = data.pooling === "model" ? [count] : [count, width];
  const values = output === undefined ? null : asFloat32(output);
  // ONNX Runtime holds no output to the rank that is declared.
  const fits = shape.length === expected.length + 1 && expected.every((size, axis) => shape[axis] === size);
  if (values === null || !fits || shape.at(-1) === 0) {
    throw fileError(
      data.modelFile,
      null,
      `the output ${name} is ${output?.type ?? "not there"} [${shape.join(", ")}] for an input of [${count}, ${width}]; name another with --output`,
    );
  }
  const lengths = Int32Array.from(group.rows, (row) => texts.lengths[row] ?? 0);
  // The model's own vectors are copied: their memory belongs to ONNX Runtime and cannot be handed over.
  const vectors =
    data.pooling === "model"
      ? new Float32Array(values)
      : poolTokens({ values, count, width, dimensions: shape.at(-1) ?? 0, lengths }, data.pooling, {
          positions:
            texts.positions === null ? null : group.rows.map((row) => texts.positions?.[row] ?? new Int32Array(0)),
          skip: data.skippedTokens,
        });
  output?.dispose();
  return vectors;
}

/** A float output's numbers; null for another type. float16 comes as bit patterns, or as numbers where the runtime has them. */
function asFloat32(output: Tensor): Float32Array | null {
  const values: unknown = output.data;
  if (values instanceof Float32Array) return values;
  if (output.type !== "float16") return null;
  return values instanceof Uint16Array ? widenHalf(values) : Float32Array.from(values as ArrayLike<number>);
}

function startsOf(lengths: Int32Array): Int32Array {
  const starts = new Int32Array(lengths.length);
  for (let row = 1; row < lengths.length; row++) starts[row] = (starts[row - 1] ?? 0) + (lengths[row - 1] ?? 0);
  return starts;
}

function openModel(data: InferenceData): Promise<InferenceSession> {
  const whole = (): Promise<InferenceSession> => openSession(data.modelFile, data);
  return data.mappedFile === null ? whole() : openSession(data.mappedFile, data).catch(whole);
}
