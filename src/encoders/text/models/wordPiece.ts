import { printable } from "../../../printable.ts";
import type { ModelConfig, SplitWord } from "./splitWord.ts";

/** BERT's word pieces: the longest known beginning of what is left of a word, again and again; all of it unknown where none is. */
export function wordPiece(config: ModelConfig, vocabulary: ReadonlyMap<string, number>): SplitWord {
  const unknown = requireUnknown(String(config.unk_token ?? "[UNK]"), vocabulary);
  const prefix = String(config.continuing_subword_prefix ?? "##");
  const longest = typeof config.max_input_chars_per_word === "number" ? config.max_input_chars_per_word : 100;
  return (word) => {
    const characters = [...word];
    if (characters.length > longest) return [unknown];
    const ids: number[] = [];
    for (let start = 0; start < characters.length; ) {
      let end = characters.length;
      let id: number | undefined;
      for (; end > start; end--) {
        id = vocabulary.get((start > 0 ? prefix : "") + characters.slice(start, end).join(""));
        if (id !== undefined) break;
      }
      if (id === undefined) return [unknown];
      ids.push(id);
      start = end;
    }
    return ids;
  };
}

/** Every word is a token or unknown. */
export function wordLevel(config: ModelConfig, vocabulary: ReadonlyMap<string, number>): SplitWord {
  const unknown = requireUnknown(String(config.unk_token ?? "<unk>"), vocabulary);
  return (word) => [vocabulary.get(word) ?? unknown];
}

function requireUnknown(name: string, vocabulary: ReadonlyMap<string, number>): number {
  const unknown = vocabulary.get(name);
  if (unknown === undefined)
    throw new Error(`${printable(name, 40)}, which stands for unknown words, is not in its vocabulary`);
  return unknown;
}
