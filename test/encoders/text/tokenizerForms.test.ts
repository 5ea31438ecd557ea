import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openTokenizer } from "../../../src/encoders/text/tokenizer.ts";
import { wordPieceTokenizer } from "../../../src/encoders/text/wordPieceVocabulary.ts";
import { ScidocsError } from "../../../src/errors.ts";
import { lastingFolder } from "../checkpoints/lastingFolder.ts";

const scratch = lastingFolder();
const vocabulary = "[PAD] [UNK] [CLS] [SEP] [MASK] deep learning ##s".split(" ");
const settings = { lowerCase: true, stripAccents: null, splitChinese: true };
const bert = wordPieceTokenizer("vocab.txt", vocabulary.join("\n"), settings);
const wordPiece = bert.model as object;
const template = bert.post_processor as { single: object[]; special_tokens: object };
const bpe = { type: "BPE", vocab: { a: 0, b: 1, ab: 2, "[UNK]": 3 }, merges: ["a b"] };
const unigram = {
  type: "Unigram",
  unk_id: 0,
  vocab: [
    ["<unk>", 0],
    ["▁a", -1],
    ["b", -2],
    ["▁", -3],
    ["a", -4],
  ],
};

function open(definition: object, config: object | null = null) {
  const folder = mkdtempSync(join(scratch, "f-"));
  const file = join(folder, "tokenizer.json");
  writeFileSync(file, JSON.stringify(definition));
  const configFile = join(folder, "tokenizer_config.json");
  if (config !== null) writeFileSync(configFile, JSON.stringify(config));
  return openTokenizer({ vocabulary: file, config: config === null ? null : configFile });
}

function refusal(definition: object, config: object | null = null): string {
  try {
    open(definition, config);
  } catch (error) {
    if (error instanceof ScidocsError) return error.message;
    throw error;
  }
  return "taken";
}

const parts: readonly [string, object, RegExp][] = [
  ["a truth value in quotes", { normalizer: { type: "BertNormalizer", lowercase: "false" } }, /lowercase/],
  ["a replacement without its pattern", { normalizer: { type: "Replace", content: "x" } }, /Replace.*pattern/s],
  ["a replacement without its content", { normalizer: { type: "Replace", pattern: { String: "e" } } }, /content/],
  ["a sequence that is no list", { normalizer: { type: "Sequence", normalizers: {} } }, /normalizers/],
  ["a split without its pattern", { pre_tokenizer: { type: "Split", behavior: "Isolated" } }, /pattern/],
  ["a delimiter left out", { pre_tokenizer: { type: "CharDelimiterSplit" } }, /delimiter/],
  ["a delimiter of two characters", { pre_tokenizer: { type: "CharDelimiterSplit", delimiter: "ab" } }, /delimiter/],
  ["a list under another name", { pre_tokenizer: { type: "Sequence", pre_tokenizers: [] } }, /pretokenizers/],
  ["a scheme of no kind", { pre_tokenizer: { type: "Metaspace", prepend_scheme: "sometimes" } }, /prepend_scheme/],
  [
    "a template without the text",
    { post_processor: { ...template, single: template.single.slice(0, 1) } },
    /the text once/,
  ],
  [
    "a template with the text twice",
    { post_processor: { ...template, single: [...template.single, ...template.single] } },
    /the text once/,
  ],
  ["a template in words", { post_processor: { ...template, single: "[CLS] $A [SEP]" } }, /single/],
  [
    "token types that are not fed",
    { post_processor: { ...template, single: [{ Sequence: { id: "A", type_id: 1 } }] } },
    /token type 0/,
  ],
  [
    "a special token below 0",
    { post_processor: { type: "BertProcessing", sep: ["[SEP]", -5], cls: ["[CLS]", 2] } },
    /BertProcessing/,
  ],
  ["an unknown word that it has not", { model: { ...wordPiece, unk_token: "[NOPE]" } }, /\[NOPE\], which stands for/],
  ["words of 0 characters", { model: { ...wordPiece, max_input_chars_per_word: 0 } }, /max_input_chars_per_word/],
  ["a kind that is a number", { model: { ...wordPiece, type: 5 } }, /the model 5 is not known/],
  ["added tokens by name", { added_tokens: { "[SEP]": 3 } }, /added_tokens/],
  [
    "an added token that its vocabulary numbers otherwise",
    { added_tokens: [{ id: 4, content: "[SEP]" }] },
    /id 4 .* 3/,
  ],
  ["a truncation in the middle", { truncation: { direction: "Middle" } }, /direction/],
  ["a merge into what it has not", { model: { ...bpe, merges: ["b a"] }, added_tokens: [] }, /"ba" is not in its/],
  ["a merge of one", { model: { ...bpe, merges: ["ab"] }, added_tokens: [] }, /no pair/],
  ["merges that are a number", { model: { ...bpe, merges: 5 }, added_tokens: [] }, /merges are not a list/],
  ["a score in words", { model: { ...unigram, vocab: [["<unk>", "NaN"]] }, added_tokens: [] }, /entry 0/],
  ["a piece without a score", { model: { ...unigram, vocab: [["<unk>"]] }, added_tokens: [] }, /entry 0/],
  [
    "a piece with more than a score",
    { model: { ...unigram, vocab: [["<unk>", 0, 1]] }, added_tokens: [] },
    /entry 0 .* expected a piece and its score/,
  ],
  [
    "an added token that goes on with another number than the vocabulary does",
    { added_tokens: [{ id: 9, content: "<graph>" }] },
    /the token <graph> has the id 9, where added tokens go on from its 8 others with 8/,
  ],
  [
    "added tokens of which the normalizer makes one",
    { added_tokens: ["CUDA", "cuda"].map((content, index) => ({ id: 8 + index, content, normalized: true })) },
    /makes one of the tokens "CUDA" and "cuda"/,
  ],
  [
    "an added token of which the normalizer leaves nothing",
    { added_tokens: [{ id: 8, content: "\u200b", normalized: true }] },
    /leaves nothing of the token/,
  ],
  [
    "a pattern of two kinds",
    { normalizer: { type: "Replace", pattern: { String: "a", Regex: "b" }, content: "" } },
    /pattern/,
  ],
  ["a part of a sequence that is nothing", { normalizer: { type: "Sequence", normalizers: [null] } }, /undefined/],
  [
    "a mark that is put in front and is not",
    { pre_tokenizer: { type: "Metaspace", prepend_scheme: "first", add_prefix_space: false } },
    /prepend_scheme first and add_prefix_space false/,
  ],
  [
    "a mark at the input's beginning behind other cuts and a normalizer",
    {
      pre_tokenizer: {
        type: "Sequence",
        pretokenizers: [{ type: "Punctuation" }, { type: "Metaspace", prepend_scheme: "first" }],
      },
    },
    /Metaspace with prepend_scheme first, behind others/,
  ],
  [
    "two post-processors that put tokens around",
    { post_processor: { type: "Sequence", processors: [template, template] } },
    /two of its post-processors/,
  ],
  [
    "a merge shorter than its prefix",
    { model: { ...bpe, continuing_subword_prefix: "##" }, added_tokens: [] },
    /shorter/,
  ],
  ["an unknown piece beyond them", { model: { ...unigram, unk_id: 5 }, added_tokens: [] }, /unk_id is 5/],
];

describe("a part of tokenizer.json that is not of its form", () => {
  it.each(parts)("is refused: %s", (_what, part, message) => {
    expect(refusal({ ...bert, ...part })).toMatch(message);
  });

  it("counts a template's tokens among the largest", () => {
    const far = { ...template, special_tokens: { "[CLS]": { ids: [900] }, "[SEP]": { ids: [3] } } };
    expect(open({ ...bert, post_processor: far }).largestId).toBe(900);
  });

  it("is no reason to refuse what is left out", () => {
    expect(open({ ...bert, normalizer: { type: "BertNormalizer" } }).encode("Deep learnings", 9).ids).toEqual([
      2, 5, 6, 7, 3,
    ]);
    expect(open({ ...bert, post_processor: null, added_tokens: [], model: bpe }).pieces("ab")).toEqual([2]);
  });

  it("is a text's error where it has no token for what the text has", () => {
    const bare = { ...bert, post_processor: null, added_tokens: [], normalizer: null, pre_tokenizer: null };
    const none = open({ ...bare, model: { ...unigram, unk_id: null } });
    expect(none.pieces("▁ab")).toEqual([1, 2]);
    expect(() => none.pieces("▁ac")).toThrow(/no token for unknown ones/);
    const elsewhere = open({ ...bare, model: { ...bpe, unk_token: "<nope>" } });
    expect(() => elsewhere.pieces("abc")).toThrow(/no token for unknown ones/);
  });
});

describe("a field of tokenizer_config.json that is not of its form", () => {
  it.each([
    ["a truth value in quotes", { do_lower_case: "false" }, /do_lower_case/],
    ["a side that is none", { truncation_side: "middle" }, /truncation_side/],
    ["a separator that is a number", { sep_token: 5 }, /sep_token/],
    ["added tokens in a list", { added_tokens_decoder: ["[SEP]"] }, /added_tokens_decoder/],
    [
      "an added token that the vocabulary numbers otherwise",
      { added_tokens_decoder: { 4: { content: "deep" } } },
      /id 4/,
    ],
  ])("is refused: %s", (_what, config, message) => {
    expect(refusal(bert, config)).toMatch(message);
  });
});
