import { Tokenizer } from "@huggingface/tokenizers";

/** Parts of the JavaScript library that translate Oniguruma's regular expressions, which `tokenizer.json` is written in. */
interface LibraryParts {
  readonly normalizer: { readonly normalize: (text: string) => string };
  readonly pre_tokenizer: { readonly pre_tokenize_text: (text: string) => string[] };
}

const rest = {
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  added_tokens: [],
  model: { type: "BPE", vocab: {}, merges: [] },
};

/** Replaces every match of a pattern by `content`. */
export function replaceMatches(pattern: string, content: string): (text: string) => string {
  // The library takes `$1` and the like in the content for parts of the match, which Rust does not.
  const normalizer = { type: "Replace", pattern: { Regex: pattern }, content: content.replaceAll("$", "$$$$") };
  const library: LibraryParts = new Tokenizer({ ...rest, normalizer }, {});
  return (text) => library.normalizer.normalize(text);
}

/** The matches of a pattern, in their order. */
export function findMatches(pattern: string): (text: string) => string[] {
  const split = { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: true };
  const library: LibraryParts = new Tokenizer({ ...rest, pre_tokenizer: split }, {});
  return (text) => library.pre_tokenizer.pre_tokenize_text(text);
}
