import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { Tokenizer as RustTokenizer } from "tokenizers";
import { describe, expect, it } from "vitest";
import { openTokenizer } from "../../../src/encoders/text/tokenizer.ts";
import { hasShared, sharedPath } from "../../shared.ts";
import { lastingFolder } from "../checkpoints/lastingFolder.ts";
import { nastyTexts } from "./nastyTexts.ts";
import { tokenizers as cases, type Definition } from "./oracleTokenizers.ts";

const folder = lastingFolder();
let files = 0;

function opened(definition: Definition): { rust: RustTokenizer; ours: (text: string) => number[] } {
  const text = JSON.stringify(definition);
  const file = join(folder, String(files++), "..", `${files}.tokenizer.json`);
  writeFileSync(file, text);
  const tokenizer = openTokenizer({ vocabulary: file, config: null });
  return { rust: RustTokenizer.fromString(text), ours: (one) => tokenizer.encode(one, Number.POSITIVE_INFINITY).ids };
}

/** Characters that one Unicode version knows and another does not, and halves of pairs. */
const disputed = /[\p{Cn}\p{Cs}]/u;

describe("token ids against Hugging Face's Rust library", () => {
  it.each(cases)("are equal on nasty texts: %s", async (_name, definition) => {
    const { rust, ours } = opened(definition);
    for (const text of nastyTexts) {
      expect([text, ours(text)]).toEqual([text, (await rust.encode(text)).getIds()]);
    }
  });

  it.each(cases.filter((_, index) => [0, 1, 5, 6, 8, 10, 14].includes(index)))(
    "are equal on made-up texts: %s",
    async (_name, definition) => {
      const { rust, ours } = opened(definition);
      await fc.assert(
        fc.asyncProperty(
          fc.string({ unit: "grapheme", maxLength: 16 }),
          fc.constantFrom(...nastyTexts),
          async (made, nasty) => {
            const text = made + nasty.slice(0, 12);
            fc.pre(!disputed.test(text));
            expect([text, ours(text)]).toEqual([text, (await rust.encode(text)).getIds()]);
          },
        ),
        { seed: 5, numRuns: 300 },
      );
    },
  );
});

const goldens = sharedPath("goldens/encoders");
const shared = hasShared
  ? readdirSync(goldens).filter((name) => existsSync(join(goldens, name, "folder/tokenizer.json")))
  : [];

describe.skipIf(!hasShared).each(shared)("the tokenizer.json of %s", (name) => {
  it("gives Rust's token ids on nasty texts", async () => {
    const definition = JSON.parse(readFileSync(join(goldens, name, "folder/tokenizer.json"), "utf8"));
    const { rust, ours } = opened({ ...definition, truncation: null, padding: null });
    for (const text of nastyTexts) {
      expect([text, ours(text)]).toEqual([text, (await rust.encode(text)).getIds()]);
    }
  });
});
