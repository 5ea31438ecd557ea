import { readFileSync } from "node:fs";
import { seededState } from "../../stats/random/mt19937.ts";
import { builtFile } from "../../threads/builtFile.ts";
import { featureCount, layout } from "./recommendationNetwork.ts";

/** The compiled functions of `assembly/recommendationNetwork.ts`, whose comments tell what they do. Arguments are byte offsets. */
interface KernelExports {
  scorePairs(features: number, count: number, parameters: number, scores: number, scratch: number): void;
  addBatchGradient(
    features: number,
    triples: number,
    order: number,
    count: number,
    parameters: number,
    gradient: number,
    keep: number,
    generator: number,
    margin: number,
    slope: number,
    scratch: number,
  ): number;
}

/** The network's arithmetic over some pairs and triples, compiled. The arrays are views of its memory, to be read and written. */
export interface RecommendationKernel {
  /** What the network is, laid out as {@link layout} says. */
  readonly parameters: Float32Array;
  /** What {@link RecommendationKernel.addBatchGradient} adds to, one number a parameter. */
  readonly gradient: Float64Array;
  /** Numbers of the triples, in the order in which batches take them; at first their own. */
  readonly order: Int32Array;
  /** Starts the generator of dropout anew. */
  seedDropout(seed: number): void;
  /**
   * Adds the gradient of the batch `order[start]` … `order[end - 1]` and returns the sum of its triples' shortfalls.
   * @param margin how far the clicked paper must score ahead for a triple to cost nothing
   * @param slope the derivative of the batch's loss by one triple's shortfall
   * @param dropout whether hidden units are silenced; each triple then takes 104 draws, 52 a pass of which 50 are used
   */
  addBatchGradient(start: number, end: number, margin: number, slope: number, dropout: boolean): number;
  /** Scores of all pairs, without dropout; a view that the next call overwrites. */
  scorePairs(): Float32Array;
}

const pageBytes = 65_536;
const rowBytes = 4 * layout.rowLength;
const twisterWords = 624;

let compiled: WebAssembly.Module | undefined;

/**
 * A kernel over pairs and triples, which are copied.
 * @param features eleven numbers a pair, row after row
 * @param triples two pairs a triple: the clicked paper's and the other's
 * @throws ScidocsError `NOT_FOUND` when the project has not been built
 */
export function openKernel(features: Float32Array, triples: Int32Array): RecommendationKernel {
  const pairCount = features.length / featureCount;
  const tripleCount = triples.length / 2;
  // The first page belongs to the compiled module's own tables.
  let end = pageBytes;
  const reserve = (bytes: number): number => {
    const start = end;
    end = Math.ceil((start + bytes) / 64) * 64;
    return start;
  };
  const parametersAt = reserve(4 * layout.length);
  const gradientAt = reserve(8 * layout.length);
  const keepAt = reserve(4 * twisterWords);
  const everyUnitAt = reserve(2 * rowBytes);
  const generatorAt = reserve(4 * (twisterWords + 1));
  const scratchAt = reserve(18 * rowBytes);
  const orderAt = reserve(4 * tripleCount);
  const triplesAt = reserve(4 * triples.length);
  const featuresAt = reserve(4 * features.length);
  const scoresAt = reserve(4 * pairCount);

  const memory = new WebAssembly.Memory({ initial: Math.ceil(end / pageBytes) });
  compiled ??= new WebAssembly.Module(readFileSync(builtFile(import.meta.url, "./recommendationNetwork.wasm")));
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  const { scorePairs, addBatchGradient } = exports as unknown as KernelExports;

  const parameters = new Float32Array(memory.buffer, parametersAt, layout.length);
  const gradient = new Float64Array(memory.buffer, gradientAt, layout.length);
  const generator = new Uint32Array(memory.buffer, generatorAt, twisterWords + 1);
  const order = new Int32Array(memory.buffer, orderAt, tripleCount);
  const scores = new Float32Array(memory.buffer, scoresAt, pairCount);
  for (let triple = 0; triple < tripleCount; triple++) order[triple] = triple;
  new Float32Array(memory.buffer, everyUnitAt, 2 * layout.rowLength).fill(1);
  new Int32Array(memory.buffer, triplesAt, triples.length).set(triples);
  new Float32Array(memory.buffer, featuresAt, features.length).set(features);

  return {
    parameters,
    gradient,
    order,
    seedDropout: (seed) => {
      generator.set(seededState(seed));
      // The factors of a twist serve six triples; "six served" calls for the first twist.
      generator[twisterWords] = 6;
    },
    addBatchGradient: (start, stop, margin, slope, dropout) =>
      addBatchGradient(
        featuresAt,
        triplesAt,
        orderAt + 4 * start,
        stop - start,
        parametersAt,
        gradientAt,
        dropout ? keepAt : everyUnitAt,
        dropout ? generatorAt : 0,
        margin,
        slope,
        scratchAt,
      ),
    scorePairs: () => {
      scorePairs(featuresAt, pairCount, parametersAt, scoresAt, scratchAt);
      return scores;
    },
  };
}
