import { ScidocsError } from "../../errors.ts";
import { readJsonObject } from "../../files/jsonFile.ts";
import type { Declaration } from "../declared/declaration.ts";
import type { EncoderOptions } from "../encoder.ts";
import type { ModelSignature } from "../modelSignature.ts";
import type { TokenizerFiles } from "../text/tokenizerFiles.ts";

/** Models of RoBERTa's kind count positions from padding + 1, so that much of their table is never used. */
const offsetPositions = new Set(["roberta", "xlm-roberta", "camembert", "mpnet", "longformer"]);

/**
 * The longest input in tokens: as asked for, else as the folder declares, else as the tokenizer says; never more than the model's positions.
 * @throws ScidocsError `USAGE` for a length that the model has no positions for
 */
export function chooseMaxLength(
  files: { readonly config: string | null; readonly tokenizer: TokenizerFiles },
  signature: ModelSignature,
  declaration: Declaration | null,
  options: EncoderOptions,
): number {
  const config = files.config === null ? {} : readJsonObject(files.config);
  const tokenizerConfig = files.tokenizer.config === null ? {} : readJsonObject(files.tokenizer.config);
  const whole = (value: unknown): number | null =>
    // Tokenizers without a limit say 1e30.
    typeof value === "number" && Number.isInteger(value) && value > 0 && value < 1e6 ? value : null;
  // A graph of ours says how many tokens it takes; others are judged by their table of positions.
  const own = whole(Number(signature.metadata.get("scidocs.max_tokens")));
  const rows = signature.positionRows ?? whole(config.max_position_embeddings);
  const offset = offsetPositions.has(String(config.model_type)) ? (whole(config.pad_token_id) ?? 1) + 1 : 0;
  const positions = own ?? (rows === null ? null : rows - offset);
  const asked = options.maxLength;
  if (asked !== undefined) {
    if (!Number.isInteger(asked) || asked < 3) {
      throw new ScidocsError("USAGE", `--max-length ${asked}: should be a whole number of at least 3`);
    }
    if (positions !== null && asked > positions) {
      throw new ScidocsError("USAGE", `--max-length ${asked}: the model has only ${positions} positions`);
    }
    return asked;
  }
  const declared = declaration?.maxLength ?? whole(tokenizerConfig.model_max_length);
  return Math.min(declared ?? positions ?? 512, positions ?? Number.POSITIVE_INFINITY);
}
