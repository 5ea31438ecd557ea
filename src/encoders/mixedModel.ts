import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileError, ScidocsError } from "../errors.ts";
import { cacheFolder } from "../files/cacheFolder.ts";
import { hashFile } from "../files/hashFiles.ts";
import { isThere } from "../files/isThere.ts";
import { streamRegular } from "../files/regularFile.ts";
import { encodeExtension } from "../onnx/encode.ts";
import { graphBuilder } from "../onnx/graph.ts";
import { keepCopy } from "./cachedCopy.ts";
import { mixWeights } from "./checkpoints/allenNlp.ts";
import { readMixFile } from "./checkpoints/folderMix.ts";
import { poolWords, wordMask } from "./checkpoints/wordPooling.ts";
import type { EncoderOptions } from "./encoder.ts";
import { type ModelSignature, readModelSignature } from "./modelSignature.ts";

/**
 * Makes an ONNX model with the outputs of all layers into one for the recipe `original`: its mix of layers and mean over words are appended to a copy of
 * the file, kept in the cache.
 * @param mixFile JSON: `scalar_parameters` (one a layer, before the softmax) and `gamma`, as AllenNLP's ScalarMix has them; `averaged` (default true)
 *   and `max_words` (default no limit)
 * @returns the path of the copy
 * @throws ScidocsError for a mix that does not fit the model's outputs, naming them
 */
export async function mixedModel(modelFile: string, mixFile: string, options: EncoderOptions): Promise<string> {
  if ((options.recipe ?? "original") !== "original" || options.pooling !== undefined || options.text !== undefined) {
    throw new ScidocsError(
      "USAGE",
      "--mix-weights means the recipe original; leave --recipe, --text and --pooling out",
    );
  }
  if (!isThere(mixFile)) throw new ScidocsError("NOT_FOUND", `--mix-weights ${mixFile}: there is no such file`);
  const { scalar_parameters: parameters, gamma, averaged, max_words: maxWords } = readMixFile(mixFile);
  const signature = readModelSignature(modelFile);
  if (signature.externalFiles.length > 0) {
    throw fileError(modelFile, null, "has its weights in another file; --mix-weights needs a model in one file");
  }
  const layers = layerOutputs(modelFile, signature, parameters.length);

  const graph = graphBuilder("scidocs_");
  const layerWeights = mixWeights(parameters, gamma);
  poolWords(graph, layers.names, { layerWeights, averaged }, "sentence_embedding");
  const extension = encodeExtension({
    name: "with the mix of the original SPECTER",
    inputs: [wordMask],
    outputs: [{ name: "sentence_embedding", dataType: "float32", dims: ["batch", layers.width] }],
    nodes: graph.nodes,
    initializers: graph.initializers,
    metadata: {
      "scidocs.recipe": "original",
      ...(maxWords === undefined ? {} : { "scidocs.max_words": String(maxWords) }),
    },
  });
  const { sha256 } = await hashFile(modelFile);
  const key = createHash("sha256").update(sha256).update(extension).digest("hex").slice(0, 20);
  const copy = join(options.cacheDir ?? cacheFolder({}), "mixed", key, "model.onnx");
  await keepCopy(copy, () => followedBy(modelFile, extension));
  return copy;
}

async function* followedBy(file: string, extension: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* await streamRegular(file, 2 ** 20);
  yield extension;
}

/** The outputs of all layers: those whose names differ in a number only. One more than weights means that the first is the embedding layer's. */
function layerOutputs(
  modelFile: string,
  signature: ModelSignature,
  weights: number,
): { names: readonly string[]; width: number } {
  const families = new Map<string, { name: string; number: number; width: number | null }[]>();
  for (const { name, shape } of signature.outputs) {
    const [, stem, digits] = /^(.*?)(\d+)$/.exec(name) ?? [];
    if (stem === undefined || shape.length !== 3) continue;
    const family = families.get(stem) ?? [];
    family.push({ name, number: Number(digits), width: shape[2] ?? null });
    families.set(stem, family);
  }
  const [layers = []] = [...families.values()].sort((a, b) => b.length - a.length);
  layers.sort((a, b) => a.number - b.number);
  const chosen = layers.length === weights + 1 ? layers.slice(1) : layers;
  const width = chosen[0]?.width ?? null;
  if (chosen.length !== weights || width === null) {
    const has = signature.outputs.map(({ name }) => name).join(", ");
    throw fileError(
      modelFile,
      null,
      `--mix-weights has ${weights} layers, which the model's outputs do not match (hidden_states.1 and on are looked for); it has: ${has}`,
    );
  }
  return { names: chosen.map(({ name }) => name), width };
}
