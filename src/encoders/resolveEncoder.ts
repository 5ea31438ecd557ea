import { statSync } from "node:fs";
import { dirname } from "node:path";
import { checkTruths } from "../checkNumbers.ts";
import { ScidocsError } from "../errors.ts";
import { isThere } from "../files/isThere.ts";
import { refuseUnknownOptions } from "../options.ts";
import type { RunControl } from "../progress.ts";
import { type Declaration, hasDeclaration, readDeclaration } from "./declared/declaration.ts";
import { describeEncoder } from "./describeEncoder.ts";
import { type Encoder, type EncoderOptions, encoderOptionNames } from "./encoder.ts";
import { optionsAsKnown } from "./known/applyKnown.ts";
import { mixedModel } from "./mixedModel.ts";
import { locateModel, shippedFolder } from "./modelFiles.ts";
import { resolveCheckpoint } from "./resolveCheckpoint.ts";
import {
  anyVocabulary,
  findTokenizer,
  firstExisting,
  foldersOf,
  tokenizerNotes,
  vocabularyIn,
} from "./text/tokenizerFiles.ts";

/**
 * Finds a model and settles how it is used: its tensors are read from the file, its tokenizer is found beside it or one folder up,
 * its length limit comes from the tokenizer or the config. Nothing is loaded yet; a checkpoint is converted into the cache first.
 * @param argument what `--model` takes: a path or a shipped name
 * @throws ScidocsError `NOT_FOUND`, `USAGE` or `BAD_INPUT`, listing what the model has where it does not fit
 */
export async function resolveEncoder(
  argument: string,
  asked: EncoderOptions = {},
  control: RunControl = {},
): Promise<Encoder> {
  refuseUnknownOptions("resolveEncoder", asked, encoderOptionNames);
  checkTruths("resolveEncoder", asked, ["normalize"]);
  const place = locateModel(argument, asked.precision);
  const { options, maxLength, note } = optionsAsKnown(place.kind === "checkpoint" ? place.path : place.file, asked);
  const known = note === null ? [] : [note];
  if (place.kind === "checkpoint") {
    if (options.mixWeights !== undefined) {
      throw new ScidocsError(
        "USAGE",
        `--mix-weights: ${argument} is a checkpoint; an AllenNLP archive has its own mix`,
      );
    }
    const name = options.name ?? place.name;
    const parts = await resolveCheckpoint(place.path, name, vocabularyFile(options.vocab), options, control);
    return describeEncoder({ ...parts, knownLength: maxLength, notes: [...known, ...(parts.notes ?? [])] });
  }
  if (options.adapter !== undefined) {
    throw new ScidocsError(
      "USAGE",
      `--adapter ${options.adapter}: ${place.file} is an ONNX file, which is used as it is; give the checkpoint, or export it with the adapter`,
    );
  }
  if (options.precision !== undefined && place.precision === null) {
    throw new ScidocsError(
      "USAGE",
      `--precision ${options.precision}: ${place.file} is an ONNX file, which is used as it is; precision is chosen for checkpoints`,
    );
  }
  const folder = dirname(place.file);
  const tokenizer = findTokenizer(folder, vocabularyFile(options.vocab));
  if (tokenizer === null) {
    throw new ScidocsError(
      "NOT_FOUND",
      `${place.file}: ${anyVocabulary} beside it or one folder up; put the model's own there, or name it with --vocab`,
    );
  }
  return describeEncoder({
    name: options.name ?? place.name,
    given: place.file,
    source: "onnx",
    modelFile:
      options.mixWeights === undefined ? place.file : await mixedModel(place.file, options.mixWeights, options),
    tokenizer,
    config: firstExisting(foldersOf(folder, tokenizer.vocabulary), "config.json"),
    declaration: declarationBeside(folder),
    precision: place.precision ?? "model",
    poolingSaid: options.pooling !== undefined || options.output !== undefined,
    options,
    knownLength: maxLength,
    notes: [...known, ...tokenizerNotes(folder, tokenizer, options.vocab)],
  });
}

/** What is declared beside an `.onnx` file, or one folder up as with `onnx/model.onnx`. */
function declarationBeside(folder: string): Declaration | null {
  const declaring = [folder, dirname(folder)].find(hasDeclaration);
  return declaring === undefined ? null : readDeclaration(declaring);
}

/**
 * The file that `--vocab` means: itself, or the vocabulary in it when it is a folder or a shipped model.
 * @throws ScidocsError `NOT_FOUND`
 */
export function vocabularyFile(vocab: string | undefined): string | undefined {
  if (vocab === undefined) return undefined;
  const shipped = shippedFolder(vocab);
  if (shipped !== null) return vocabularyFile(shipped);
  if (!isThere(vocab)) throw new ScidocsError("NOT_FOUND", `--vocab ${vocab}: there is no such file or folder`);
  if (!statSync(vocab).isDirectory()) return vocab;
  const file = vocabularyIn(vocab);
  if (file === null) throw new ScidocsError("NOT_FOUND", `--vocab ${vocab}: ${anyVocabulary} in it`);
  return file;
}
