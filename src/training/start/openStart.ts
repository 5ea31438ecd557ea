import { join } from "node:path";
import { identifyingFiles, locateCheckpoint, openCheckpoint } from "../../encoders/checkpoints/checkpoint.ts";
import { type FolderMix, mixFileOf, readMixFile } from "../../encoders/checkpoints/folderMix.ts";
import {
  type Declaration,
  declarationText,
  hasDeclaration,
  readDeclaration,
} from "../../encoders/declared/declaration.ts";
import { shippedModels } from "../../encoders/modelFiles.ts";
import { vocabularyFile } from "../../encoders/resolveEncoder.ts";
import {
  filesOfTokenizer,
  findTokenizer,
  type TokenizerFiles,
  tokenizerNotes,
} from "../../encoders/text/tokenizerFiles.ts";
import { vocabularyLines } from "../../encoders/text/wordPieceVocabulary.ts";
import { ScidocsError } from "../../errors.ts";
import { stampFiles } from "../../files/fileStamps.ts";
import { hashFiles } from "../../files/hashFiles.ts";
import { isThere } from "../../files/isThere.ts";
import { readJsonObject } from "../../files/jsonFile.ts";
import { withMembers } from "../../files/jsonMembers.ts";
import { readLinesSync, readTextFile } from "../../files/textFile.ts";
import type { RunControl } from "../../progress.ts";
import { readSafetensors } from "../../tensorFiles/safetensors.ts";
import { readFloat32, type StoredTensor, type StoredTensors } from "../../tensorFiles/storedTensor.ts";
import { readTorch } from "../../tensorFiles/torch.ts";
import { mixGamma, mixParameter } from "../heads/words.ts";
import { bertConfigJson } from "./bertConfigJson.ts";
import { randomModel, randomPrefix } from "./randomModel.ts";
import { type DeclaredUse, dropoutOf, type StartingModel, type StartingWeight } from "./startingModel.ts";
import { tokenizerCopies } from "./startTokenizer.ts";

/**
 * Opens what a training starts from: a Hugging Face folder, an AllenNLP archive, or random weights.
 * @param init what `--init` takes
 * @param vocab a vocabulary to use instead of the model's own
 * @param scratch a folder for what is unpacked; it must stay until the weights have been read
 * @throws ScidocsError `USAGE`, `NOT_FOUND`, `BAD_INPUT`
 */
export async function openStart(
  init: string,
  vocab: string | undefined,
  seed: number,
  scratch: string,
  control: RunControl = {},
): Promise<StartingModel> {
  const vocabulary = vocabularyFile(vocab);
  if (init.startsWith(randomPrefix)) return randomModel(init, vocabulary, seed);
  refuseWordVectors(init);
  if (!isThere(init)) {
    throw new ScidocsError(
      "NOT_FOUND",
      `--init ${init}: there is no such folder or archive; give a Hugging Face folder, an AllenNLP model.tar.gz, or random:layers=4,hidden=128 with --vocab`,
    );
  }
  if (init.endsWith(".onnx")) {
    throw new ScidocsError(
      "USAGE",
      `--init ${init}: an ONNX model cannot be trained; give the checkpoint that it was made of`,
    );
  }
  const declaration = hasDeclaration(init) ? readDeclaration(init) : null;
  const place = locateCheckpoint(declaration?.encoderFolder ?? init);
  const identifying = identifyingFiles(place);
  const stamps = stampFiles(identifying);
  const opened = await openCheckpoint(place, { vocabulary }, scratch, control);
  const { trainable, maxTokens } = opened.blueprint;
  const folder = place.kind === "huggingface" ? place.folder : null;
  const tokenizer: TokenizerFiles | null =
    opened.kind === "allennlp" && opened.vocabulary !== null
      ? { vocabulary: opened.vocabulary, config: null }
      : findTokenizer(folder ?? init, vocabulary);
  if (tokenizer === null) {
    throw new ScidocsError(
      "NOT_FOUND",
      `--init ${init}: no tokenizer.json or vocab.txt in it; put the model's own there, or name it with --vocab`,
    );
  }
  const ofTokenizer = filesOfTokenizer(tokenizer);
  stamps.push(...stampFiles(ofTokenizer));
  const configFile = join(folder ?? init, "config.json");
  const config = opened.geometry === null ? readJsonObject(configFile) : bertConfigJson(opened.geometry);
  const configText = opened.geometry === null ? await readTextFile(configFile) : JSON.stringify(config, null, 2);
  // Newer files call the type of the weights `dtype`.
  const types = ["torch_dtype", "dtype"].filter((key) => key in config);
  const mix = folder === null ? null : mixFileOf(folder);
  const extra = [...extraWeights(opened.tensors), ...(mix === null ? [] : mixOf(readMixFile(mix)))];
  return {
    encoder: trainable,
    maxTokens,
    configText: withMembers(configText, {
      architectures: [trainable.pythonClass],
      // What comes out is another model than the published one, and is used otherwise.
      ...("_name_or_path" in config ? { _name_or_path: "" } : {}),
      ...Object.fromEntries((types.length === 0 ? ["torch_dtype"] : types).map((key) => [key, "float32"])),
    }),
    weights: [...weightsOf(opened.tensors), ...extra],
    tokenizer,
    tokenizerFiles: tokenizerCopies(tokenizer, folder),
    averaged: opened.output.kind === "words" ? opened.output.averaged : null,
    maxWords: opened.output.kind === "words" ? opened.maxWords : undefined,
    words: opened.words?.rules ?? null,
    declared: declaration === null ? null : declaredUse(declaration),
    ...dropoutOf(configFile, config, trainable.dropout),
    files: await hashFiles([...identifying, ...ofTokenizer], control),
    stamps,
    notes: [
      ...(folder === null ? [] : tokenizerNotes(folder, tokenizer, vocabulary)),
      ...fewWordsNotes(tokenizer.vocabulary, trainable.geometry.vocabularySize),
    ],
  };
}

/** Rows that a model may have beyond its words: tables are made longer so that they are quick to multiply. */
const spareRows = (rows: number): number => Math.max(256, rows / 50);

/** Says that a vocabulary has far fewer words than the model has rows: one that was cut off at a line's end looks whole. */
export function fewWordsNotes(vocabulary: string, rows: number): string[] {
  if (!vocabulary.endsWith(".txt")) return [];
  const words = vocabularyLines(readLinesSync(vocabulary)).length;
  if (rows - words <= spareRows(rows)) return [];
  return [
    `${vocabulary} has ${words} words, and the model rows for ${rows}: it was cut off, or is another model's, unless the model was made so`,
  ];
}

function declaredUse(declaration: Declaration): DeclaredUse {
  const { pooling, steps, lowerCase, defaultPrompt } = declaration;
  const [only, ...others] = pooling.modes;
  const plain = others.length === 0 && steps.length === 0 && !lowerCase && defaultPrompt === null;
  return { text: declarationText(declaration), pooling: plain && only !== undefined ? only : null };
}

/** The shipped model is word vectors and their mean: there is nothing in it of what is trained here. */
function refuseWordVectors(init: string): void {
  const shipped = shippedModels.find((name) => name === init);
  const file = join(init, "config.json");
  if (shipped === undefined && !(isThere(file) && readJsonObject(file).model_type === "scidocs-mini")) return;
  throw new ScidocsError(
    "USAGE",
    `--init ${init}: this model is the mean of word vectors and has no layers to train; ` +
      "start from --init random:layers=2,hidden=64 --vocab mini, which takes its words, or from a BERT",
  );
}

function weightsOf(tensors: Iterable<[string, StoredTensor]>): StartingWeight[] {
  return Array.from(tensors, ([name, tensor]) => ({ name, dims: tensor.shape, read: () => readFloat32(tensor) }));
}

function mixOf({ scalar_parameters: parameters, gamma }: FolderMix): StartingWeight[] {
  const number = (name: string, value: number): StartingWeight => ({
    name,
    dims: [1],
    read: () => Float32Array.of(value),
  });
  return [...parameters.map((value, layer) => number(mixParameter(layer), value)), number(mixGamma, gamma)];
}

/** Endings of the names that a pooler's and a mix's weights have in checkpoints, and their names here. */
const extraNames: readonly [pattern: RegExp, name: (number: string) => string][] = [
  [/(?:^|\.)pooler\.dense\.weight$/, () => "pooler.dense.weight"],
  [/(?:^|\.)pooler\.dense\.bias$/, () => "pooler.dense.bias"],
  [/(?:^|\._?)scalar_mix\.scalar_parameters\.(\d+)$/, (number) => mixParameter(Number(number))],
  [/(?:^|\._?)scalar_mix\.gamma$/, () => mixGamma],
];

/** Weights beside the encoder's in the same files: of the pooler and the mix. */
function extraWeights(encoder: StoredTensors): StartingWeight[] {
  const files = new Set([...encoder.values()].map(({ file }) => file));
  const found = new Map<string, StartingWeight>();
  for (const file of files) {
    const stored = file.endsWith(".safetensors") ? readSafetensors(file) : readTorch(file);
    for (const [name, tensor] of stored) {
      for (const [pattern, plain] of extraNames) {
        const match = pattern.exec(name);
        if (match === null) continue;
        const own = plain(match[1] ?? "");
        // A mix's parameters are single numbers, with or without an axis of one.
        const dims = own.startsWith("scalar_mix.") ? [1] : tensor.shape;
        found.set(own, { name: own, dims, read: () => readFloat32(tensor) });
      }
    }
  }
  return [...found.values()];
}
