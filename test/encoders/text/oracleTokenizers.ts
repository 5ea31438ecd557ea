/** A `tokenizer.json`. */
export type Definition = Record<string, unknown>;

const letters = [..."abcdefghijklmnopqrstuvwxyz"];
const numbered = (tokens: readonly string[]): Record<string, number> =>
  Object.fromEntries([...new Set(tokens)].map((token, id) => [token, id]));

const token = (id: number, content: string, options: Definition = {}): Definition => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
  ...options,
});

const wordPieces = numbered([
  ..."[PAD] [UNK] [CLS] [SEP] [MASK] word graph papers of é è ß σ ς i̇ 深 学 我 們 한 の".split(" "),
  ..."!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~0123456789",
  ...letters,
  ..."ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  ...letters.map((letter) => `##${letter}`),
  ..."##ing ##s ##é ##ς ##σ ##한 »".split(" "),
]);

/** The library numbers added tokens from the end of the vocabulary on, whatever their file says. */
const nextWordPiece = Object.keys(wordPieces).length;

/** A WordPiece tokenizer in the manner of BERT. */
const bert = (normalizer: unknown, rest: Definition = {}): Definition => ({
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map((content) =>
    token(wordPieces[content] ?? 0, content),
  ),
  normalizer,
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: {
    type: "TemplateProcessing",
    single: [
      { SpecialToken: { id: "[CLS]", type_id: 0 } },
      { Sequence: { id: "A", type_id: 0 } },
      { SpecialToken: { id: "[SEP]", type_id: 0 } },
    ],
    pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
    special_tokens: {
      "[CLS]": { id: "[CLS]", ids: [2], tokens: ["[CLS]"] },
      "[SEP]": { id: "[SEP]", ids: [3], tokens: ["[SEP]"] },
    },
  },
  decoder: null,
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: wordPieces,
  },
  ...rest,
});

const bertNormalizer = (options: Definition = {}): Definition => ({
  type: "BertNormalizer",
  clean_text: true,
  handle_chinese_chars: true,
  strip_accents: null,
  lowercase: true,
  ...options,
});

/** GPT-2's 256 letters for bytes. */
const byteLetters = Array.from({ length: 256 }, (_, byte) => byte).map((byte, _, all) => {
  const itself = (at: number): boolean => (at > 32 && at < 127) || (at > 160 && at < 173) || at > 173;
  return String.fromCharCode(itself(byte) ? byte : 256 + all.slice(0, byte).filter((other) => !itself(other)).length);
});
const merges = [
  "Ġ t",
  "h e",
  "Ġt he",
  "i n",
  "e r",
  "a b",
  "ab ab",
  "Ã ©",
  "' s",
  "l l",
  "Ġ Ġ",
  "ĠĠ ĠĠ",
  "w o",
  "wo r",
  "wor d",
];
const bytePieces = numbered([
  ..."<s> <pad> </s> <unk>".split(" "),
  ...byteLetters,
  ...merges.map((merge) => merge.replace(" ", "")),
  "<mask>",
]);

/** A byte-level BPE tokenizer in the manner of RoBERTa. */
const roberta = (prefixed: boolean, rest: Definition = {}): Definition => ({
  ...bert(null),
  added_tokens: [
    ...["<s>", "<pad>", "</s>", "<unk>"].map((content, id) => token(id, content, { normalized: true })),
    token(bytePieces["<mask>"] ?? 0, "<mask>", { lstrip: true }),
  ],
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: prefixed, trim_offsets: true, use_regex: true },
  post_processor: {
    type: "RobertaProcessing",
    sep: ["</s>", 2],
    cls: ["<s>", 0],
    trim_offsets: true,
    add_prefix_space: false,
  },
  model: {
    type: "BPE",
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: "",
    end_of_word_suffix: "",
    fuse_unk: false,
    vocab: bytePieces,
    merges,
  },
  ...rest,
});

const unigramPieces: [string, number][] = [
  ...["<s>", "<pad>", "</s>", "<unk>"].map((piece): [string, number] => [piece, 0]),
  ["▁", -3.1],
  ["▁word", -5.2],
  ["word", -6.3],
  ["▁graph", -6.1],
  ["ing", -4.2],
  ["s", -3.5],
  ["é", -7.7],
  ["σ", -8.2],
  ["▁▁", -9.1],
  ...letters.map((letter, index): [string, number] => [letter, -5 - index / 10]),
  ["<mask>", 0],
];

/** A Unigram tokenizer in the manner of XLM-RoBERTa. */
const unigram = (normalizer: unknown, metaspace: Definition, split = true): Definition => ({
  ...bert(normalizer),
  added_tokens: [
    ...["<s>", "<pad>", "</s>", "<unk>"].map((content, id) => token(id, content)),
    token(unigramPieces.length - 1, "<mask>", { lstrip: true }),
  ],
  pre_tokenizer: split
    ? {
        type: "Sequence",
        pretokenizers: [{ type: "WhitespaceSplit" }, { type: "Metaspace", replacement: "▁", ...metaspace }],
      }
    : { type: "Metaspace", replacement: "▁", ...metaspace },
  post_processor: { type: "BertProcessing", sep: ["</s>", 2], cls: ["<s>", 0] },
  model: { type: "Unigram", unk_id: 3, vocab: unigramPieces },
});

const bytePieceNames = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
);

/** A BPE tokenizer over characters in the manner of Llama. */
const characterPairs = (model: Definition, preTokenizer: unknown = null): Definition => ({
  ...bert(null),
  added_tokens: [token(0, "<unk>")],
  normalizer:
    preTokenizer === null
      ? {
          type: "Sequence",
          normalizers: [
            { type: "Prepend", prepend: "▁" },
            { type: "Replace", pattern: { String: " " }, content: "▁" },
          ],
        }
      : bertNormalizer(),
  pre_tokenizer: preTokenizer,
  post_processor: null,
  model: {
    type: "BPE",
    dropout: null,
    unk_token: "<unk>",
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    vocab: numbered([
      ..."<unk> <s> </s>".split(" "),
      ...bytePieceNames,
      ...letters,
      ...letters.map((letter) => `${letter}</w>`),
      ..."▁ ▁t he ▁the in er ▁w or ▁wor ▁words in</w>".split(" "),
    ]),
    merges: ["▁ t", "h e", "▁t he", "i n", "e r", "▁ w", "o r", "▁w or", "i n</w>"],
    ...model,
  },
});

/** Every character its own word, so that what the other parts do is seen. */
const spelled = (normalizer: unknown, preTokenizer: unknown, added: readonly Definition[] = []): Definition => ({
  ...bert(normalizer),
  added_tokens: added,
  pre_tokenizer: preTokenizer,
  post_processor: null,
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 20,
    vocab: { ...wordPieces, ζ: 500, "##²": 501, é: 502, "##ß": 503, "##_": 504, "##-": 505, "##'": 506 },
  },
});

const split = (pattern: Definition, behavior: string, invert = false): Definition => ({
  type: "Split",
  pattern,
  behavior,
  invert,
});

/** Tokenizers of every kind that the Rust library opens too, by name. */
export const tokenizers: readonly (readonly [string, Definition])[] = [
  ["BERT in lower case", bert(bertNormalizer())],
  ["BERT with case", bert(bertNormalizer({ lowercase: false }))],
  ["BERT with case, without accents", bert(bertNormalizer({ lowercase: false, strip_accents: true }))],
  ["BERT in lower case, with accents", bert(bertNormalizer({ strip_accents: false }))],
  ["BERT without clean-up or Chinese", bert(bertNormalizer({ clean_text: false, handle_chinese_chars: false }))],
  [
    "BERT with tokens of its own",
    bert(bertNormalizer(), {
      added_tokens: [
        ...["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map((content, id) => token(id, content)),
        token(4, "[MASK]", { lstrip: true, rstrip: true }),
        token(wordPieces.word ?? 0, "word", { single_word: true, special: false }),
        token(nextWordPiece, "Camel", { normalized: true, special: false }),
        token(nextWordPiece + 1, "Éa", { normalized: true, special: false }),
        token(nextWordPiece + 2, "words", { special: false }),
      ],
    }),
  ],
  ["RoBERTa", roberta(false)],
  ["RoBERTa with a blank before", roberta(true)],
  ["byte-level BPE after NFC, as ModernBERT", roberta(false, { normalizer: { type: "NFC" } })],
  [
    "BPE without words",
    roberta(false, {
      pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
    }),
  ],
  ["Unigram of 2020", unigram({ type: "NFKC" }, { add_prefix_space: true })],
  ["Unigram, first word only", unigram(null, { prepend_scheme: "first", split: true }, false)],
  ["Unigram, never prefixed", unigram({ type: "Nmt" }, { prepend_scheme: "never", split: true })],
  [
    "Unigram in one word",
    unigram(
      { type: "Replace", pattern: { Regex: " {2,}" }, content: " " },
      { prepend_scheme: "always", split: false },
      false,
    ),
  ],
  ["Whitespace", spelled(null, { type: "Whitespace" })],
  ["WhitespaceSplit in lower case", spelled({ type: "Lowercase" }, { type: "WhitespaceSplit" })],
  [
    "digits apart",
    spelled(
      { type: "NFKD" },
      { type: "Sequence", pretokenizers: [{ type: "WhitespaceSplit" }, { type: "Digits", individual_digits: true }] },
    ),
  ],
  ["numbers apart", spelled({ type: "NFD" }, { type: "Digits", individual_digits: false })],
  ...["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"].flatMap(
    (behavior): [string, Definition][] => [
      [`punctuation, ${behavior}`, spelled(null, { type: "Punctuation", behavior })],
      [`a split at blanks, ${behavior}`, spelled(null, split({ String: " " }, behavior))],
      [`a split at a pattern, ${behavior}`, spelled(null, split({ Regex: "\\s+|[,.]" }, behavior))],
      [`an inverted split, ${behavior}`, spelled(null, split({ Regex: "\\w+" }, behavior, true))],
      [`an inverted split of single letters, ${behavior}`, spelled(null, split({ Regex: "[a-z]" }, behavior, true))],
      [`a split where nothing is, ${behavior}`, spelled(null, split({ Regex: "e*" }, behavior))],
    ],
  ),
  ...["", "e*", "^", "$", "(?=[A-Z])"].map((pattern): [string, Definition] => [
    `a replacement where nothing is, "${pattern}"`,
    spelled({ type: "Replace", pattern: pattern === "" ? { String: "" } : { Regex: pattern }, content: "-" }, null),
  ]),
  [
    "accents off",
    spelled(
      {
        type: "Sequence",
        normalizers: [
          { type: "NFD" },
          { type: "StripAccents" },
          { type: "Strip", strip_left: true, strip_right: true },
        ],
      },
      { type: "BertPreTokenizer" },
    ),
  ],
  [
    "replaced and prefixed",
    spelled(
      {
        type: "Sequence",
        normalizers: [
          { type: "Replace", pattern: { String: "''" }, content: '$1"' },
          { type: "Prepend", prepend: "x-" },
        ],
      },
      { type: "WhitespaceSplit" },
    ),
  ],
  ["BPE in one word, its unknown characters left out", roberta(false, { pre_tokenizer: null })],
  ["BPE of characters with bytes for unknown ones", characterPairs({ byte_fallback: true, fuse_unk: true })],
  ["BPE of characters, unknown ones as one", characterPairs({ fuse_unk: true })],
  ["BPE of characters, unknown ones one by one", characterPairs({ fuse_unk: false })],
  ["BPE of characters that has whole words", characterPairs({ ignore_merges: true })],
  ["BPE with marked endings", characterPairs({ end_of_word_suffix: "</w>" }, { type: "BertPreTokenizer" })],
  [
    "BPE with marked continuations",
    characterPairs(
      {
        continuing_subword_prefix: "##",
        vocab: numbered(["<unk>", ...letters, ...letters.map((letter) => `##${letter}`), "th", "##in", "gra"]),
        merges: [
          ["t", "##h"],
          ["##i", "##n"],
        ],
      },
      { type: "BertPreTokenizer" },
    ),
  ],
  [
    "Unigram with bytes for unknown characters",
    {
      ...unigram({ type: "Nmt" }, { prepend_scheme: "always", split: true }),
      model: {
        type: "Unigram",
        unk_id: 3,
        byte_fallback: true,
        vocab: [...unigramPieces, ...bytePieceNames.map((piece): [string, number] => [piece, -12])],
      },
    },
  ],
  [
    "Unigram, first word only, behind a normalizer that takes off the beginning",
    unigram(bertNormalizer(), { prepend_scheme: "first", split: true }, false),
  ],
  ["Unigram, first word only, of words between blanks", unigram(null, { prepend_scheme: "first", split: true })],
  [
    "WordLevel of texts that are emptied",
    {
      ...spelled({ type: "Strip", strip_left: true, strip_right: true }, { type: "Sequence", pretokenizers: [] }),
      model: { type: "WordLevel", unk_token: "[UNK]", vocab: wordPieces },
    },
  ],
  [
    "blanks that are tokens and take blanks along",
    bert(bertNormalizer(), { added_tokens: [token(nextWordPiece, " ", { lstrip: true, rstrip: true })] }),
  ],
  ["letters for bytes from the normalizer", roberta(false, { normalizer: { type: "ByteLevel" }, pre_tokenizer: null })],
  [
    "WordLevel",
    { ...spelled(null, { type: "Whitespace" }), model: { type: "WordLevel", unk_token: "[UNK]", vocab: wordPieces } },
  ],
];
