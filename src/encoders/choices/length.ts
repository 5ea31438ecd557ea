import { fileError, ScidocsError } from "../../errors.ts";
import { readJsonObject } from "../../files/jsonFile.ts";
import { printableValue } from "../../printable.ts";
import type { EncoderOptions } from "../encoder.ts";
import type { ModelSignature } from "../modelSignature.ts";
import { fewestTokens } from "../text/fewestTokens.ts";
import type { TextTokenizer } from "../text/tokenizer.ts";
import type { TokenizerFiles } from "../text/tokenizerFiles.ts";

/** Files that tell how many tokens a model takes. */
export interface LengthFiles {
  readonly config: string | null;
  readonly tokenizer: TokenizerFiles;
}

/** Models of RoBERTa's kind count positions from padding + 1, so that much of their table is never used. */
const offsetPositions = new Set(["roberta", "xlm-roberta", "camembert", "mpnet", "longformer"]);

/** Tokenizers without a limit say 1e30. */
const leastUnlimited = 1e6;

/** A field of a `config.json` that counts positions or names a place in them: of another kind it would be passed over. */
function wholeOf(file: string | null, key: string, value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  throw fileError(file ?? "config.json", null, `${key} is ${printableValue(value, 40)}: expected a whole number`);
}

const whole = (value: unknown): number | null =>
  typeof value === "number" && Number.isInteger(value) && value > 0 && value < leastUnlimited ? value : null;

/**
 * The place of a text's first token in the table of positions. Where no configuration says the model's kind, a tokenizer of RoBERTa's kind
 * is taken for a model of it: at worst the two last places of a table are left unused, where the other mistake would stop a run.
 */
export function firstPlaceOf({ config: file }: LengthFiles, tokenizer: TextTokenizer): number {
  const config = file === null ? {} : readJsonObject(file);
  if (typeof config.model_type === "string") {
    if (!offsetPositions.has(config.model_type)) return 0;
    // The padding token may be the vocabulary's first, number 0.
    return (wholeOf(file, "pad_token_id", config.pad_token_id) ?? 1) + 1;
  }
  return tokenizer.tokenId("<s>") === 0 && tokenizer.tokenId("<pad>") === 1 ? 2 : 0;
}

/**
 * The longest input in tokens: as asked for, else as the folder declares, else as the tokenizer says; never more than the model's positions,
 * nor than the number of tokens that an export is fixed to.
 * @param modelFile named in errors
 * @throws ScidocsError `USAGE` for a length that the model has no positions for
 */
export function chooseMaxLength(
  modelFile: string,
  files: LengthFiles,
  signature: ModelSignature,
  firstPlace: number,
  fixedTokens: number | null,
  declaredLength: number | null,
  options: EncoderOptions,
): number {
  const config = files.config === null ? {} : readJsonObject(files.config);
  const tokenizerConfig = files.tokenizer.config === null ? {} : readJsonObject(files.tokenizer.config);
  // A graph of ours says how many tokens it takes; others are judged by their table of positions.
  const own = whole(Number(signature.metadata.get("scidocs.max_tokens")));
  const rows =
    signature.positionRows ?? whole(wholeOf(files.config, "max_position_embeddings", config.max_position_embeddings));
  const positions = fixedTokens ?? own ?? (rows === null ? null : rows - firstPlace);
  const asked = options.maxLength;
  if (asked !== undefined) {
    if (!Number.isInteger(asked) || asked < fewestTokens) {
      throw new ScidocsError("USAGE", `--max-length ${asked}: should be a whole number of at least ${fewestTokens}`);
    }
    if (positions !== null && asked > positions) {
      throw new ScidocsError("USAGE", `--max-length ${asked}: the model has only ${positions} positions`);
    }
    return asked;
  }
  const limitOf = (key: string): number | null => tokenizerLimit(files.tokenizer.config, key, tokenizerConfig[key]);
  const declared = declaredLength ?? limitOf("model_max_length") ?? limitOf("max_len");
  const length = Math.min(declared ?? positions ?? 512, positions ?? Number.POSITIVE_INFINITY);
  if (length >= fewestTokens) return length;
  throw new ScidocsError(
    "BAD_INPUT",
    `${modelFile}: has positions for ${Math.max(0, length)} tokens, where every text has at least ${fewestTokens}`,
  );
}

/** The limit that a tokenizer's configuration says, null for none; one that no text can keep is not passed over. */
function tokenizerLimit(file: string | null, key: string, value: unknown): number | null {
  if (value == null || (typeof value === "number" && value >= leastUnlimited)) return null;
  if (typeof value === "number" && Number.isInteger(value) && value >= fewestTokens) return value;
  throw fileError(
    file ?? "tokenizer",
    null,
    `${key} is ${printableValue(value, 40)}: expected a whole number of at least 3; say --max-length if that is not meant`,
  );
}

/**
 * Checks that no token's number is past the table of word vectors: it would stop the model in the middle of a run.
 * @throws ScidocsError `BAD_INPUT` for a tokenizer of another model
 */
export function requireTableFor(
  modelFile: string,
  tokenizer: TextTokenizer,
  vocabulary: string,
  signature: ModelSignature,
): void {
  const rows = whole(Number(signature.metadata.get("scidocs.vocabulary"))) ?? signature.wordRows;
  if (rows === null || tokenizer.largestId < rows) return;
  throw fileError(
    vocabulary,
    null,
    `numbers its tokens up to ${tokenizer.largestId}, but ${modelFile} has only ${rows} word vectors: the tokenizer belongs to another model. ` +
      "Put the model's own beside it, or name it with --vocab",
  );
}
