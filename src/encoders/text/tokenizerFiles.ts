import { basename, dirname, join, resolve } from "node:path";
import { isOptionalThere } from "../../files/isThere.ts";
import { readJsonObject } from "../../files/jsonFile.ts";

/** Files that say how a model's texts become tokens. Plain data, so that a worker thread can open the same tokenizer. */
export interface TokenizerFiles {
  /** `tokenizer.json`, a bare WordPiece `vocab.txt`, a byte-level `vocab.json`, or a SentencePiece model. */
  readonly vocabulary: string;
  /** `tokenizer_config.json`, where there is one. */
  readonly config: string | null;
  /** `special_tokens_map.json`, `added_tokens.json` and `merges.txt`, those that there are. */
  readonly others?: readonly string[];
  /** `model_type` of the `config.json` beside them: which Python class would open them where they do not say. */
  readonly modelType?: string | null;
  /** Whether texts are put in lower case before everything else, special tokens in them spared. */
  readonly lowerCase?: boolean;
}

/** Names of a vocabulary, the best first. */
const vocabularyNames = ["tokenizer.json", "vocab.txt", "vocab.json", "sentencepiece.bpe.model"] as const;

/** Said where none is there. */
export const anyVocabulary = `no ${vocabularyNames.slice(0, -1).join(", ")} or ${vocabularyNames.at(-1)}`;

/**
 * Where a model's tokenizer lies: beside the model or one folder up. What goes over a vocabulary lies beside it; only to one that the user
 * names does the model's own `tokenizer_config.json` belong as well, and to one in `onnx/` that of the folder around it.
 * @param vocabulary a `vocab.txt` or `tokenizer.json` named by the user, taken before all others
 * @returns null when there is none
 */
export function findTokenizer(modelFolder: string, vocabulary?: string): TokenizerFiles | null {
  const folders = [modelFolder, dirname(modelFolder)];
  const modelType = (places: readonly string[]): string | null => modelTypeIn(firstExisting(places, "config.json"));
  if (vocabulary !== undefined) {
    return filesAround(vocabulary, [dirname(vocabulary), ...folders], modelType(foldersOf(modelFolder)));
  }
  for (const folder of folders) {
    const found = vocabularyIn(folder);
    if (found === null) continue;
    return filesAround(found, foldersOf(folder), modelType(foldersOf(modelFolder, found)));
  }
  return null;
}

/**
 * A vocabulary that the user names for a model that has none, with what goes over it in its folder.
 * @param modelType of the model
 */
export function namedTokenizer(vocabulary: string, modelType: string): TokenizerFiles {
  return filesAround(vocabulary, [dirname(vocabulary)], modelType);
}

/**
 * The folders whose files belong to a model: its own, and the one around it where it lies in `onnx/` or its vocabulary lies there. Any other
 * folder around it may be another model's.
 */
export function foldersOf(modelFolder: string, vocabulary?: string): string[] {
  const around = dirname(modelFolder);
  const belongs = vocabulary !== undefined && resolve(dirname(vocabulary)) === resolve(around);
  return belongs || basename(resolve(modelFolder)) === "onnx" ? [modelFolder, around] : [modelFolder];
}

/** The best vocabulary in a folder; null when there is none. */
export function vocabularyIn(folder: string): string | null {
  const found = vocabularyNames.map((name) => firstExisting([folder], name)).find((file) => file !== null);
  return found ?? null;
}

function filesAround(vocabulary: string, folders: readonly string[], modelType: string | null): TokenizerFiles {
  // Further files belong to the vocabulary that they lie beside, never to one of another folder.
  const others = ["special_tokens_map.json", "added_tokens.json", "merges.txt"]
    .map((name) => join(dirname(vocabulary), name))
    .filter(isOptionalThere);
  return { vocabulary, config: firstExisting(folders, "tokenizer_config.json"), others, modelType };
}

function modelTypeIn(config: string | null): string | null {
  if (config === null) return null;
  const { model_type: type } = readJsonObject(config);
  return typeof type === "string" ? type : null;
}

/** The first of the folders that holds a file of this name, as the file's path; null when none does. */
export function firstExisting(folders: readonly string[], name: string): string | null {
  for (const folder of folders) {
    const path = `${folder}/${name}`;
    if (isOptionalThere(path)) return path;
  }
  return null;
}

/**
 * What a user should hear where a model's tokenizer was found one folder up: it may be another model's. In `onnx/` that is the usual place.
 * @param vocabulary what the user named; nothing is said then
 */
export function tokenizerNotes(modelFolder: string, tokenizer: TokenizerFiles, vocabulary?: string): string[] {
  const [own, found] = [resolve(modelFolder), resolve(dirname(tokenizer.vocabulary))];
  if (vocabulary !== undefined || found === own || basename(own) === "onnx") return [];
  return [`${modelFolder}: has no tokenizer; ${tokenizer.vocabulary}, one folder up, is taken`];
}

/** Everything that decides how texts become tokens, the vocabulary first. */
export function filesOfTokenizer({ vocabulary, config, others = [] }: TokenizerFiles): string[] {
  return [vocabulary, ...(config === null ? [] : [config]), ...others];
}

/** The same by the names under which a folder is searched for them, whatever the user's vocabulary is called. */
export function namedTokenizerFiles(tokenizer: TokenizerFiles): ReadonlyMap<string, string> {
  const files = new Map(filesOfTokenizer(tokenizer).map((path) => [basename(path), path]));
  files.delete(basename(tokenizer.vocabulary));
  return files.set(vocabularyName(tokenizer.vocabulary), tokenizer.vocabulary);
}

function vocabularyName(file: string): string {
  const name = vocabularyNames.find((known) => known === basename(file));
  if (name !== undefined) return name;
  if (file.endsWith(".json")) return "tokenizer.json";
  return file.endsWith(".model") ? "sentencepiece.bpe.model" : "vocab.txt";
}
