import { join } from "node:path";
import { namedTokenizerFiles, type TokenizerFiles, vocabularyIn } from "../../encoders/text/tokenizerFiles.ts";
import { isOptionalThere } from "../../files/isThere.ts";
import { readRegularSync } from "../../files/regularFile.ts";
import type { StartingModel } from "./startingModel.ts";

/** Files of a Hugging Face folder that make up its tokenizer. */
const tokenizerNames = [
  "tokenizer.json",
  "vocab.txt",
  "vocab.json",
  "merges.txt",
  "sentencepiece.bpe.model",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
];

/**
 * The files of a tokenizer as they are copied into the folders that come out: all that texts are tokenized with, so that the trained model
 * is read with the same. Of the model's own folder the rest goes with them, which Python may read in its place.
 * @param folder the model's; null for one without
 */
export function tokenizerCopies(tokenizer: TokenizerFiles, folder: string | null): StartingModel["tokenizerFiles"] {
  const paths = new Map<string, string>();
  // A vocabulary that the user named may not be the one that its folder would be read by.
  if (folder !== null && vocabularyIn(folder) === tokenizer.vocabulary) {
    for (const name of tokenizerNames) if (isOptionalThere(join(folder, name))) paths.set(name, join(folder, name));
  }
  for (const [name, path] of namedTokenizerFiles(tokenizer)) paths.set(name, path);
  return [...paths].map(([name, path]) => ({ name, bytes: readRegularSync(path) }));
}
