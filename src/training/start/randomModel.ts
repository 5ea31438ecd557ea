import { basename } from "node:path";
import { trainableBert } from "../../encoders/architectures/bert/bert.ts";
import type { BertGeometry } from "../../encoders/architectures/bert/bertConfig.ts";
import { expectedShapes } from "../../encoders/architectures/bert/bertWeights.ts";
import { filesOfTokenizer, namedTokenizer } from "../../encoders/text/tokenizerFiles.ts";
import { vocabularyLines } from "../../encoders/text/wordPieceVocabulary.ts";
import { fileError, ScidocsError } from "../../errors.ts";
import { stampFiles } from "../../files/fileStamps.ts";
import { hashFiles } from "../../files/hashFiles.ts";
import { isThere } from "../../files/isThere.ts";
import { readJsonObject } from "../../files/jsonFile.ts";
import { readLinesSync } from "../../files/textFile.ts";
import { generator } from "../../stats/random/generator.ts";
import { memoryLimitBytes } from "../../threads/memoryLimit.ts";
import { bertConfigJson } from "./bertConfigJson.ts";
import { bertDropout, type StartingModel, type StartingWeight } from "./startingModel.ts";
import { tokenizerCopies } from "./startTokenizer.ts";

/** What begins an `--init` that asks for random weights. */
export const randomPrefix = "random:";

/** Standard deviation of BERT's weights before training. */
export const initialDeviation = 0.02;

const defaults = { layers: 4, hidden: 128, heads: 0, intermediate: 0, positions: 512 };

/**
 * A BERT with random weights: `random:layers=4,hidden=128`; also `heads` (default: 64 wide each), `intermediate` (default: four times
 * hidden) and `positions` (default 512).
 * @throws ScidocsError `USAGE`, `NOT_FOUND`
 */
export async function randomModel(wish: string, vocabulary: string | undefined, seed: number): Promise<StartingModel> {
  if (vocabulary === undefined) {
    throw new ScidocsError("USAGE", `--init ${wish}: which words? give --vocab with a vocab.txt or tokenizer.json`);
  }
  if (!isThere(vocabulary)) throw new ScidocsError("NOT_FOUND", `--vocab ${vocabulary}: there is no such file`);
  // As whoever reads the folder that comes out will read it, of a BERT.
  const tokenizer = namedTokenizer(vocabulary, "bert");
  const files = filesOfTokenizer(tokenizer);
  const stamps = stampFiles(files);
  const geometry = geometryOf(wish, vocabularySize(vocabulary));
  return {
    encoder: trainableBert(geometry),
    maxTokens: geometry.maxPositions,
    configText: `${JSON.stringify(bertConfigJson(geometry), null, 2)}\n`,
    weights: [...expectedShapes(geometry)].map(([weight, dims], index) => randomWeight(weight, dims, seed, index)),
    tokenizer,
    tokenizerFiles: tokenizerCopies(tokenizer, null),
    averaged: null,
    maxWords: undefined,
    words: null,
    declared: null,
    hiddenDropout: bertDropout,
    attentionDropout: bertDropout,
    files: await hashFiles(files),
    stamps,
    notes: [`${wish}: a BERT with random weights, ${geometry.layers} layers of ${geometry.hiddenSize}, seed ${seed}`],
  };
}

/** A weight before any training: normal numbers for matrices, ones for the scales of normalisations, zeros for biases. */
export function randomWeight(name: string, dims: readonly number[], seed: number, stream: number): StartingWeight {
  const read = (): Float32Array => {
    const numbers = new Float32Array(dims.reduce((product, size) => product * size, 1));
    if (name.endsWith("LayerNorm.weight")) return numbers.fill(1);
    if (name.endsWith(".bias")) return numbers;
    const random = generator(seed, stream + 1);
    return numbers.map(() => random.normal() * initialDeviation);
  };
  return { name, dims, read };
}

function geometryOf(wish: string, vocabulary: number): BertGeometry {
  const sizes = { ...defaults };
  const said = new Set<string>();
  for (const part of wish
    .slice(randomPrefix.length)
    .split(",")
    .filter((each) => each !== "")) {
    const [key = "", text = ""] = part.split("=");
    const known = Object.keys(defaults).find((name): name is keyof typeof defaults => name === key);
    const value = Number(text);
    if (known === undefined || !Number.isInteger(value) || value < 1) {
      throw new ScidocsError(
        "USAGE",
        `--init ${wish}: ${part} is not known; use whole numbers for ${Object.keys(defaults).join(", ")}, as in random:layers=4,hidden=128`,
      );
    }
    if (said.has(known)) throw new ScidocsError("USAGE", `--init ${wish}: ${known} is said twice; say it once`);
    said.add(known);
    sizes[known] = value;
  }
  requireRoom(wish, sizes, vocabulary);
  const heads = sizes.heads || Math.max(1, Math.round(sizes.hidden / 64));
  if (sizes.hidden % heads !== 0) {
    throw new ScidocsError(
      "USAGE",
      `--init ${wish}: hidden ${sizes.hidden} does not split into ${heads} heads; say heads=`,
    );
  }
  return {
    vocabularySize: vocabulary,
    hiddenSize: sizes.hidden,
    layers: sizes.layers,
    heads,
    intermediateSize: sizes.intermediate || 4 * sizes.hidden,
    maxPositions: sizes.positions,
    tokenTypes: 2,
    layerNormEpsilon: 1e-12,
  };
}

/** Layers of the deepest encoder that anybody has made, and more. */
const mostLayers = 1000;
/** Of a weight: itself, its gradient and two numbers of the optimiser. */
const bytesOfNumber = 16;

/** Refuses sizes that this machine cannot hold, before anything is made of them. */
function requireRoom(wish: string, sizes: typeof defaults, vocabulary: number): void {
  const { layers, hidden, positions } = sizes;
  if (layers > mostLayers) throw new ScidocsError("USAGE", `--init ${wish}: takes ${mostLayers} layers at most`);
  const intermediate = sizes.intermediate || 4 * hidden;
  const numbers = (vocabulary + positions) * hidden + layers * (4 * hidden * hidden + 2 * hidden * intermediate);
  const there = memoryLimitBytes();
  if (bytesOfNumber * numbers <= there) return;
  const inWords = (value: number): string => Number(value.toPrecision(3)).toLocaleString("en-US");
  const gigabytes = (bytes: number): string => inWords(bytes / 1e9);
  throw new ScidocsError(
    "USAGE",
    `--init ${wish}: training its ${inWords(numbers / 1e6)} million weights takes ${gigabytes(bytesOfNumber * numbers)} GB, and there are ${gigabytes(there)} GB; ask for fewer`,
  );
}

function vocabularySize(file: string): number {
  if (!file.endsWith(".json")) return vocabularyLines(readLinesSync(file)).length;
  const model = readJsonObject(file).model;
  const vocab = typeof model === "object" && model !== null && "vocab" in model ? model.vocab : null;
  if (typeof vocab !== "object" || vocab === null) throw fileError(file, null, `${basename(file)} has no model.vocab`);
  return Object.values(vocab).reduce<number>((most, id) => Math.max(most, Number(id) + 1), 0);
}
