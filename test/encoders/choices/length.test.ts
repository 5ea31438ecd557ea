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
function longest(config: Readonly<Record<string, unknown>>, maxLength?: number, metadata = new Map<string, string>()) {
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
  const files = { config: file, tokenizer: { config: null } as TokenizerFiles };
  const tokens: TextTokenizer = { tokenId: () => undefined } as unknown as TextTokenizer;
  return chooseMaxLength(files, signature, firstPlaceOf(files, tokens), null, null, { maxLength });
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

  it("is what a graph of ours says of itself", () => {
    expect(longest({ model_type: "roberta" }, undefined, new Map([["scidocs.max_tokens", "128"]]))).toBe(128);
  });
});
