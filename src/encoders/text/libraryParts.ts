import { Tokenizer } from "@huggingface/tokenizers";

/** Parts of the JavaScript library that translate Oniguruma's regular expressions, which `tokenizer.json` is written in. */
interface LibraryParts {
  readonly pre_tokenizer: { readonly pattern: RegExp };
}

/** A stretch of a text that a pattern fits. */
export interface Match {
  readonly start: number;
  readonly end: number;
}

const rest = {
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  added_tokens: [],
  model: { type: "BPE", vocab: {}, merges: [] },
};

/** Replaces every match of a pattern by `content`, which stands for itself. */
export function replaceMatches(pattern: string, content: string): (text: string) => string {
  const find = findMatches(pattern);
  return (text) => {
    let [result, at] = ["", 0];
    for (const { start, end } of find(text)) {
      result += text.slice(at, start) + content;
      at = end;
    }
    return result + text.slice(at);
  };
}

/** The matches of a pattern, in their order. As in Oniguruma, an empty one at the end of another is none. */
export function findMatches(pattern: string): (text: string) => Match[] {
  const split = { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: true };
  const library: LibraryParts = new Tokenizer({ ...rest, pre_tokenizer: split }, {});
  return (text) => {
    const matches: Match[] = [];
    // In a text of nothing the Rust library looks for nothing.
    if (text === "") return matches;
    for (const { index: start, 0: found } of text.matchAll(library.pre_tokenizer.pattern)) {
      const end = start + found.length;
      if (found === "" && (start === matches.at(-1)?.end || isWithinCharacter(text, start))) continue;
      matches.push({ start, end });
    }
    return matches;
  };
}

/** Whether a place lies between the halves of a character: V8 finds empty matches that look back there. */
function isWithinCharacter(text: string, place: number): boolean {
  return place > 0 && (text.codePointAt(place - 1) ?? 0) > 0xffff;
}
