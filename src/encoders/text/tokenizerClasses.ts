import { ownValue } from "../../ownValue.ts";
import { camembertPieces, type PieceNumbering, xlmRobertaPieces } from "./sentencePieceVocabulary.ts";

/** What a Python tokenizer class adds to the files: its own defaults, which it puts over `tokenizer.json`. */
export interface TokenizerClass {
  /** The separator where no file names one. */
  readonly separator: string;
  /** Settings of `tokenizer_config.json` that go over the `BertNormalizer` of `tokenizer.json`, with their defaults. */
  readonly normalizer: Readonly<Record<string, boolean | null>>;
  /** The special tokens of a bare vocabulary. */
  readonly special: {
    readonly cls: string;
    readonly sep: string;
    readonly unk: string;
    readonly pad: string;
    readonly mask: string;
  };
  /** How the pieces of a bare SentencePiece model are numbered; absent where the class has none. */
  readonly pieces?: PieceNumbering;
}

const bertSpecial = { cls: "[CLS]", sep: "[SEP]", unk: "[UNK]", pad: "[PAD]", mask: "[MASK]" };
const robertaSpecial = { cls: "<s>", sep: "</s>", unk: "<unk>", pad: "<pad>", mask: "<mask>" };

const bert: TokenizerClass = {
  separator: "[SEP]",
  normalizer: { do_lower_case: true, strip_accents: null, tokenize_chinese_chars: true },
  special: bertSpecial,
};
const roberta: TokenizerClass = { separator: "</s>", normalizer: {}, special: robertaSpecial };
const xlmRoberta: TokenizerClass = { ...roberta, pieces: xlmRobertaPieces };
const camembert: TokenizerClass = { ...roberta, pieces: camembertPieces };
const mpnet: TokenizerClass = {
  separator: "</s>",
  normalizer: { do_lower_case: true, strip_accents: null },
  special: { ...robertaSpecial, unk: "[UNK]" },
};

/** Classes of transformers 4 by the name that `tokenizer_config.json` gives, "Fast" left off. */
const byName: Readonly<Record<string, TokenizerClass>> = {
  BertTokenizer: bert,
  DistilBertTokenizer: bert,
  ElectraTokenizer: bert,
  MobileBertTokenizer: bert,
  RobertaTokenizer: roberta,
  XLMRobertaTokenizer: xlmRoberta,
  CamembertTokenizer: camembert,
  MPNetTokenizer: mpnet,
};

/** The class that opens a model's tokenizer where `tokenizer_config.json` names none. */
const byModelType: Readonly<Record<string, TokenizerClass>> = {
  bert,
  distilbert: bert,
  electra: bert,
  mobilebert: bert,
  nomic_bert: bert,
  roberta,
  "xlm-roberta": xlmRoberta,
  camembert,
  mpnet,
};

/**
 * The class that Python would open a tokenizer with.
 * @param named `tokenizer_class` of `tokenizer_config.json`
 * @returns null for the general class and for those that we do not know: they take `tokenizer.json` as it is
 */
export function tokenizerClass(named: unknown, modelType: string | null): TokenizerClass | null {
  if (typeof named === "string") return ownValue(byName, named.replace(/Fast$/, "")) ?? null;
  return modelType === null ? null : (ownValue(byModelType, modelType) ?? null);
}
