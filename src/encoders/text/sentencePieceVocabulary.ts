import { fileError } from "../../errors.ts";
import { type Piece, readSentencePiece } from "./sentencePieceFile.ts";

/** How a family numbers the pieces of its SentencePiece model, which begins with `<unk>`, `<s>`, `</s>`. */
export interface PieceNumbering {
  /** Tokens before the pieces; each has the number of its place. */
  readonly first: readonly (readonly [token: string, score: number])[];
  /** Pieces of the model that are left out at its beginning. */
  readonly leftOut: number;
}

/** XLM-RoBERTa's numbers are fairseq's: its own four tokens in an order of their own, then the pieces. */
export const xlmRobertaPieces: PieceNumbering = {
  first: [
    ["<s>", 0],
    ["<pad>", 0],
    ["</s>", 0],
    ["<unk>", 0],
  ],
  leftOut: 3,
};

/** CamemBERT's keep the model's `<s>` and `</s>`, behind places that are never used. */
export const camembertPieces: PieceNumbering = {
  first: [
    ["<s>NOTUSED", 0],
    ["<pad>", 0],
    ["</s>NOTUSED", 0],
    ["<unk>", 0],
    ["<unk>NOTUSED", -100],
  ],
  leftOut: 1,
};

const special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"] as const;

/**
 * A `tokenizer.json` for a bare SentencePiece model, as Hugging Face's converters of its family write one.
 * @throws ScidocsError `BAD_INPUT` for a model that is not of this family
 */
export function sentencePieceTokenizer(file: string, { first, leftOut }: PieceNumbering): Record<string, unknown> {
  const { pieces, characterMap } = readSentencePiece(file);
  requireBeginning(file, pieces);
  const vocab = [
    ...first,
    ...pieces.slice(leftOut).map(({ text, score }) => [text, score] as const),
    ["<mask>", 0] as const,
  ];
  const ids = new Map(vocab.map(([text], id) => [text, id]));
  const idOf = (token: string): number => ids.get(token) ?? 0;
  const added = (content: string, isSpecial: boolean) => ({
    id: idOf(content),
    content,
    single_word: false,
    // A mask takes the blank before it along.
    lstrip: content === "<mask>",
    rstrip: false,
    normalized: false,
    special: isSpecial,
  });
  const own = pieces.filter(({ kind }) => kind === "user-defined").map(({ text }) => added(text, false));
  const around = ["<s>", "</s>"].map((token) => [token, { id: token, ids: [idOf(token)], tokens: [token] }]);
  return {
    added_tokens: [...special.map((token) => added(token, true)), ...own],
    normalizer: {
      type: "Sequence",
      normalizers: [
        ...(characterMap.length === 0
          ? []
          : [{ type: "Precompiled", precompiled_charsmap: Buffer.from(characterMap).toString("base64") }]),
        { type: "Strip", strip_left: false, strip_right: true },
        { type: "Replace", pattern: { Regex: " {2,}" }, content: "▁" },
      ],
    },
    pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always" },
    post_processor: {
      type: "TemplateProcessing",
      single: template("<s>", "A", "</s>"),
      pair: template("<s>", "A", "</s>", "</s>", "B", "</s>"),
      special_tokens: Object.fromEntries(around),
    },
    model: { type: "Unigram", unk_id: idOf("<unk>"), vocab },
  };
}

/** Parts of a template: tokens by name, texts by their letter. */
function template(...parts: string[]): Record<string, unknown>[] {
  return parts.map((id) => ({ [id.length === 1 ? "Sequence" : "SpecialToken"]: { id, type_id: 0 } }));
}

function requireBeginning(file: string, pieces: readonly Piece[]): void {
  const beginning = pieces.slice(0, 3).map(({ text }) => text);
  if (beginning.join(" ") !== "<unk> <s> </s>") {
    throw fileError(
      file,
      null,
      `begins with the pieces ${beginning.join(" ")} and not with <unk> <s> </s>: it is of another family; give a tokenizer.json`,
    );
  }
  const odd = pieces.find(({ kind }) => kind === "unused" || kind === "byte");
  if (odd !== undefined) {
    throw fileError(
      file,
      null,
      `has a piece of the kind ${odd.kind} (${odd.text}), which is not known here; give a tokenizer.json`,
    );
  }
}
