import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { chooseMaxLength, firstPlaceOf } from "../../../src/encoders/choices/length.ts";
import type { ModelSignature } from "../../../src/encoders/modelSignature.ts";
import type { TextTokenizer } from "../../../src/encoders/text/tokenizer.ts";
import type { TokenizerFiles } from "../../../src/encoders/text/tokenizerFiles.ts";

const folder = mkdtempSync(join(tmpdir(), "scidocs-length-"));

/** A model whose table has 514 rows, with a configuration. */
function longest(
  config: Readonly<Record<string, unknown>>,
  maxLength?: number,
  metadata = new Map<string, string>(),
  tokenizer: Readonly<Record<string, unknown>> | null = null,
) {
  const file = join(folder, "config.json");
  writeFileSync(file, JSON.stringify(config));
  const signature: ModelSignature = {
    inputs: [],
    outputs: [],
    externalFiles: [],
    wordRows: null,
    positionRows: 514,
    metadata,
  };
  // Only what the length is chosen by.
  const tokenizerFile = tokenizer === null ? null : join(folder, "tokenizer_config.json");
  if (tokenizerFile !== null) writeFileSync(tokenizerFile, JSON.stringify(tokenizer));
  const files = { config: file, tokenizer: { config: tokenizerFile } as TokenizerFiles };
  const tokens: TextTokenizer = { tokenId: () => undefined } as unknown as TextTokenizer;
  return chooseMaxLength("model.onnx", files, signature, firstPlaceOf(files, tokens), null, null, { maxLength });
}

describe("the longest input", () => {
  it("is the table of positions, whole for BERT", () => {
    expect(longest({ model_type: "bert" })).toBe(514);
  });

  it.each(["roberta", "xlm-roberta", "camembert", "mpnet"])(
    "leaves out the rows up to the padding's for %s, which counts positions from padding + 1",
    (type) => {
      expect(longest({ model_type: type })).toBe(512);
      expect(longest({ model_type: type, pad_token_id: 0 })).toBe(513);
      expect(longest({ model_type: type }, 512)).toBe(512);
      expect(() => longest({ model_type: type }, 513)).toThrow("--max-length 513: the model has only 512 positions");
    },
  );

  it("is refused where a configuration counts in something else, or nothing has room", () => {
    expect(() => longest({ model_type: "roberta", pad_token_id: "12" })).toThrow(/pad_token_id is "12"/);
    expect(() => longest({ model_type: "bert", max_position_embeddings: 1.5 })).not.toThrow();
    expect(() => longest({ model_type: "roberta", pad_token_id: 512 })).toThrow(/has positions for 1 tokens/);
  });

  it("is what a graph of ours says of itself", () => {
    expect(longest({ model_type: "roberta" }, undefined, new Map([["scidocs.max_tokens", "128"]]))).toBe(128);
  });

  it.each([
    [{ model_max_length: 256 }, 256],
    [{ model_max_length: 3 }, 3],
    [{ max_len: 128 }, 128],
    [{ model_max_length: 256, max_len: 128 }, 256],
    [{ model_max_length: 1e30 }, 514],
    [{ model_max_length: null, max_len: 100 }, 100],
    [{ model_max_length: 4096 }, 514],
  ])("is no longer than the tokenizer's %j says, and the model's positions", (tokenizer, length) => {
    expect(longest({ model_type: "bert" }, undefined, undefined, tokenizer)).toBe(length);
  });

  it.each([0, -1, 2, 511.5, "512", false, -1e30])("is asked for where the tokenizer says %j", (limit) => {
    const chosen = (maxLength?: number) =>
      longest({ model_type: "bert" }, maxLength, undefined, { model_max_length: limit });
    expect(chosen).toThrow(
      /tokenizer_config\.json: model_max_length is .*: expected a whole number of at least 3; say --max-length/,
    );
    expect(chosen(64)).toBe(64);
  });
});
