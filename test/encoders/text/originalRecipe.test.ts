import { writeFileSync } from "node:fs";
import fc from "fast-check";
import { Tokenizer as RustTokenizer } from "tokenizers";
import { describe, expect, it } from "vitest";
import { tinyVocabulary } from "../../../scripts/tinyCheckpoints.mjs";
import { basicWords, originalEncoder } from "../../../src/encoders/text/originalRecipe.ts";
import { openTokenizer } from "../../../src/encoders/text/tokenizer.ts";
import { wordPieceTokenizer } from "../../../src/encoders/text/wordPieceVocabulary.ts";
import { lastingFolder } from "../checkpoints/lastingFolder.ts";

const folder = lastingFolder();
const tokens = tinyVocabulary();
writeFileSync(`${folder}/vocab.txt`, tokens.join("\n"));
const tokenizer = openTokenizer({ vocabulary: `${folder}/vocab.txt`, config: null });

const words = (text: string) => basicWords(text).join("|");
const encode = (title: string, abstract: string, maxLength = 512, maxWords: number | null = null) => {
  const encoded = originalEncoder(tokenizer, maxLength, maxWords)({ title, abstract });
  return { ...encoded, text: encoded.ids.map((id) => tokens[id]).join(" ") };
};

describe("basicWords", () => {
  it.each([
    ["Größe naïve ÅNGSTRÖM", "große|naive|angstrom"],
    ["E-Commerce (IT): 5%", "e|-|commerce|(|it|)|:|5|%"],
    ["a\u00a0b\tc\nd\u2028e", "a|b|c|d|e"],
    ["zero\u200bwidth and \u0007bell \ufffd", "zerowidth|and|bell"],
    ["蛋白质 fold", "蛋|白|质|fold"],
    ["ひらがな 한국", "ひらかな|한국"],
    ["x²+$y^z`~", "x²|+|$|y|^|z|`|~"],
    ["keep [SEP] and [MASK] but not [sep]", "keep|[SEP]|and|[MASK]|but|not|[|sep|]"],
    [" ", ""],
  ])("splits %j", (text, expected) => {
    // Korean syllables fall into their letters in NFD, and kana lose their voicing marks, as in Python.
    expect(words(text).normalize("NFC")).toBe(expected);
  });
});

describe("originalEncoder", () => {
  it("adds a full stop to a title without one, then [SEP], and points at each word's last piece", () => {
    const { text, positions, truncated } = encode("The models", "We fold it.");
    expect(text).toBe("[CLS] the model ##s . [SEP] we f ##o ##l ##d it . [SEP]");
    expect(positions).toEqual([1, 3, 4, 5, 6, 10, 11, 12]);
    expect(truncated).toBe(false);
    expect(encode("The model.", "").text).toBe("[CLS] the model . [SEP] [SEP]");
    expect(encode("", "model").text).toBe("[CLS] [SEP] model [SEP]");
  });

  it("ends the text at the first word that does not fit, and at the limit of words", () => {
    const cut = encode("the model.", "we fold it", 9);
    expect(cut.text).toBe("[CLS] the model . [SEP] we [SEP]");
    expect(cut.truncated).toBe(true);
    const few = encode("the model.", "we fold it", 512, 5);
    expect(few.text).toBe("[CLS] the model . [SEP] we [SEP]");
    expect(few).toMatchObject({ truncated: true, positions: [1, 2, 3, 4, 5] });
  });

  it("takes a word of over a hundred characters as unknown", () => {
    expect(encode("", `${"a".repeat(101)} b`).text).toBe("[CLS] [SEP] [UNK] b [SEP]");
  });

  it("splits any text into the pieces that Hugging Face's Rust tokenizer makes of it", async () => {
    const settings = { lowerCase: true, stripAccents: null, splitChinese: true };
    const definition = wordPieceTokenizer("vocab.txt", tokens.join("\n"), settings);
    const rust = RustTokenizer.fromString(JSON.stringify(definition));
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 12 }), async (abstract) => {
        // Special tokens in a text are left to the goldens, and so are characters that one version of Unicode knows and another does not.
        fc.pre(!/\[[A-Z]+\]|[\p{Cn}\p{Co}\p{Cs}\u2e4f-\u2e7f\u{10000}-\u{1ffff}\u{2ceb0}-\u{10ffff}]/u.test(abstract));
        expect(encode("", abstract).ids.slice(2, -1)).toEqual((await rust.encode(abstract)).getIds().slice(1, -1));
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});
