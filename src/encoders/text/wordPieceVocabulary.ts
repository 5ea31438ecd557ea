import { fileError } from "../../errors.ts";

/** The parts of a BERT `tokenizer_config.json` that change how a text is split. */
export interface BertTokenizerSettings {
  readonly lowerCase: boolean;
  readonly stripAccents: boolean | null;
  readonly splitChinese: boolean;
}

/** Names of a vocabulary's special tokens. */
export interface SpecialTokens {
  readonly cls: string;
  readonly sep: string;
  readonly unk: string;
  readonly pad: string;
  readonly mask: string;
}

const bertTokens: SpecialTokens = { cls: "[CLS]", sep: "[SEP]", unk: "[UNK]", pad: "[PAD]", mask: "[MASK]" };

/**
 * The tokens of a `vocab.txt` by id: the line number is the id, blank lines included.
 * Lines end as Python's text mode ends them (`\n`, `\r\n`, `\r`), and only there: other Unicode separators may occur in a token.
 */
export function vocabularyLines(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/**
 * Turns a bare WordPiece vocabulary into the `tokenizer.json` that Hugging Face makes of it (BertTokenizerFast).
 * @param file name for messages
 * @throws ScidocsError `BAD_INPUT` when the unknown, first or separating token is not in it
 */
export function wordPieceTokenizer(
  file: string,
  text: string,
  settings: BertTokenizerSettings,
  { cls, sep, unk, pad, mask }: SpecialTokens = bertTokens,
): Readonly<Record<string, unknown>> {
  const vocabulary: Record<string, number> = Object.create(null);
  for (const [id, token] of vocabularyLines(text).entries()) vocabulary[token] = id;
  const missing = [unk, cls, sep].filter((token) => vocabulary[token] === undefined);
  if (missing.length > 0) {
    throw fileError(
      file,
      null,
      `not a BERT vocabulary: ${missing.join(", ")} not in it; put the model's own vocab.txt there`,
    );
  }
  const special = (token: string) => ({ SpecialToken: { id: token, type_id: 0 } });
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [pad, unk, cls, sep, mask]
      .filter((token) => vocabulary[token] !== undefined)
      .map((token) => ({
        id: vocabulary[token],
        content: token,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      })),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: settings.splitChinese,
      strip_accents: settings.stripAccents,
      lowercase: settings.lowerCase,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [special(cls), { Sequence: { id: "A", type_id: 0 } }, special(sep)],
      pair: [
        special(cls),
        { Sequence: { id: "A", type_id: 0 } },
        special(sep),
        { Sequence: { id: "B", type_id: 1 } },
        { SpecialToken: { id: sep, type_id: 1 } },
      ],
      special_tokens: Object.fromEntries(
        [cls, sep].map((token) => [token, { id: token, ids: [vocabulary[token]], tokens: [token] }]),
      ),
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: unk,
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: vocabulary,
    },
  };
}
