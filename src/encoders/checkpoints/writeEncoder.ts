import { rm } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { checkModel } from "../../onnx/checkModel.ts";
import { writeModel } from "../../onnx/writeModel.ts";
import type { RunControl } from "../../progress.ts";
import type { Precision } from "../architectures/architecture.ts";
import { encoderModel } from "../architectures/encoderGraph.ts";
import { specterWords } from "../text/originalRecipe.ts";
import type { OpenedCheckpoint } from "./checkpoint.ts";

/**
 * Writes an opened checkpoint as an ONNX model and loads it once to be sure that it works.
 * What the model is for stands in its metadata, so that the file alone says how its papers are to be read.
 * @param externalAbove from how many bytes on the weights get a file of their own; default what ONNX's format needs (2 GB)
 * @returns the paths written, the model first; nothing is left when it cannot be loaded
 */
export async function writeEncoder(
  file: string,
  opened: OpenedCheckpoint,
  precision: Precision,
  portable: boolean,
  externalAbove: number | undefined,
  control: RunControl,
): Promise<string[]> {
  const { blueprint, tensors, adapters, output, recipe, maxWords, words } = opened;
  const maxTokens = Math.min(blueprint.maxTokens, words?.maxPieces ?? blueprint.maxTokens);
  const metadata = {
    "scidocs.recipe": recipe,
    "scidocs.precision": precision,
    "scidocs.max_tokens": String(maxTokens),
    "scidocs.vocabulary": String(blueprint.vocabularySize),
    ...(output.kind === "cls" || output.kind === "words" ? { "scidocs.pooling": output.kind } : {}),
    ...(words === null || isDeepStrictEqual(words.rules, specterWords)
      ? {}
      : { "scidocs.words": JSON.stringify(words.rules) }),
    ...(maxWords === null ? {} : { "scidocs.max_words": String(maxWords) }),
  };
  const model = encoderModel({ blueprint, tensors, adapters, output, precision, portable, metadata });
  const written = await writeModel(file, model, { externalAbove }, control);
  try {
    await checkModel(file, control.signal);
  } catch (error) {
    for (const path of written) await rm(path, { force: true });
    throw error;
  }
  return written;
}
