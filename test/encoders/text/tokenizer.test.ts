import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tokenizer as RustTokenizer } from "tokenizers";
import { describe, expect, it } from "vitest";
import { paperEncoder } from "../../../src/encoders/text/recipes.ts";
import { openTokenizer } from "../../../src/encoders/text/tokenizer.ts";
import { vocabularyLines, wordPieceTokenizer } from "../../../src/encoders/text/wordPieceVocabulary.ts";
import { temporaryFolder } from "../../datasets/temporaryFolder.ts";
import { hasShared, sharedPath } from "../../shared.ts";
import { vocabulary } from "../tinyEncoder.ts";

const folder = mkdtempSync(join(tmpdir(), "scidocs-tokenizer-"));
const vocabFile = join(folder, "vocab.txt");
writeFileSync(vocabFile, `${vocabulary.join("\n")}\n`);
const tiny = openTokenizer({ vocabulary: vocabFile, config: null });
const bertSettings = { lowerCase: true, stripAccents: null, splitChinese: true };

describe("a vocabulary file", () => {
  it("numbers its lines, blank ones included, and ends them only where Python does", () => {
    expect(vocabularyLines("a\n\nb\r\nc\u2028d\n")).toEqual(["a", "", "b", "c\u2028d"]);
  });

  it("is refused when it is not a BERT vocabulary", () => {
    expect(() => wordPieceTokenizer("v.txt", "hello\nworld\n", bertSettings)).toThrow(
      /v\.txt: .*\[UNK\], \[CLS\], \[SEP\]/,
    );
  });

  it("gives the pieces that the Rust tokenizer gives, on awkward texts too", async () => {
    const definition = wordPieceTokenizer(vocabFile, readFileSync(vocabFile, "utf8"), bertSettings);
    const rust = RustTokenizer.fromString(JSON.stringify(definition));
    const texts = [
      "Graph papers, of Neural cells!",
      "",
      " \t\n ",
      "naïve façade ÅNGSTRÖM",
      "深い学習 deep\u00a0learning",
      "a𠀀b 𠀀𪜶 𫝀c 𫠠 丽",
      "[SEP] inside [CLS] and [UNK] [MASK] [PAD]",
      "a".repeat(150),
      "e\u0301 \u200b zero\u200bwidth \ufffd \u0000 control",
      "x-ray 3.14 ½ 🧬 cell–cell",
    ];
    for (const text of texts) {
      const ids = (await rust.encode(text)).getIds();
      expect(tiny.encode(text, 10_000).ids, JSON.stringify(text)).toEqual(ids);
    }
  });
});

describe("truncation", () => {
  it("keeps the final [SEP], as Python does", () => {
    const sep = vocabulary.indexOf("[SEP]");
    const { ids, truncated } = tiny.encode("graph paper of neural cell the a model", 6);
    expect(truncated).toBe(true);
    expect(ids).toEqual([
      vocabulary.indexOf("[CLS]"),
      ...["graph", "paper", "of", "neural"].map((word) => vocabulary.indexOf(word)),
      sep,
    ]);
  });

  it("leaves a text of just the right length alone", () => {
    expect(tiny.encode("graph paper of neural", 6).truncated).toBe(false);
  });
});

describe("recipes", () => {
  const encode = (recipe: "hf" | "hf-space", title: string, abstract: string) =>
    paperEncoder({ recipe, text: null, prefix: "" }, tiny, 64)({ title, abstract }).ids.map((id) => vocabulary[id]);

  it("put [SEP] or a space between title and abstract", () => {
    expect(encode("hf", "Deep model", "the cell")).toEqual(["[CLS]", "deep", "model", "[SEP]", "the", "cell", "[SEP]"]);
    expect(encode("hf-space", "Deep model", "the cell")).toEqual(["[CLS]", "deep", "model", "the", "cell", "[SEP]"]);
  });

  it("embed an empty paper as the recipe makes it", () => {
    expect(encode("hf", "", "")).toEqual(["[CLS]", "[SEP]", "[SEP]"]);
    expect(encode("hf-space", "", "")).toEqual(["[CLS]", "[SEP]"]);
  });

  it("fill a template in one pass, after the prefix", () => {
    const settings = { recipe: "text", text: "{abstract}{sep}{title}", prefix: "a model " } as const;
    const ids = paperEncoder(settings, tiny, 64)({ title: "gene", abstract: "cell {title}" }).ids;
    const separator = vocabulary.indexOf("[SEP]");
    expect(ids.map((id) => vocabulary[id]).slice(0, 4)).toEqual(["[CLS]", "a", "model", "cell"]);
    expect(ids.slice(-3)).toEqual([separator, vocabulary.indexOf("gene"), separator]);
  });

  it("refuse a template with an unknown place", () => {
    expect(() => paperEncoder({ recipe: "text", text: "{titel}", prefix: "" }, tiny, 64)).toThrow(/\{titel\}/);
  });
});

describe.skipIf(!hasShared)("against PyTorch's token ids", () => {
  it("hf gives every golden id, and hf-space every golden length", () => {
    const checkpoint = sharedPath("goldens/checkpoints/hf");
    const tokenizer = openTokenizer({
      vocabulary: `${checkpoint}/vocab.txt`,
      config: `${checkpoint}/tokenizer_config.json`,
    });
    const papers = JSON.parse(readFileSync(sharedPath("goldens/checkpoints/papers.json"), "utf8"));
    const hf = paperEncoder({ recipe: "hf", text: null, prefix: "" }, tokenizer, 512);
    const hfSpace = paperEncoder({ recipe: "hf-space", text: null, prefix: "" }, tokenizer, 512);
    const lines = readFileSync(sharedPath("goldens/checkpoints/expected.jsonl"), "utf8").trim().split("\n");
    expect(lines.length).toBeGreaterThan(20);
    for (const line of lines) {
      const expected = JSON.parse(line);
      const paper = papers[expected.paper_id];
      const text = { title: paper.title ?? "", abstract: paper.abstract ?? "" };
      expect(hf(text).ids).toEqual(expected.hf_sep_ids);
      expect(hfSpace(text).ids.length).toBe(expected.hf_space_ids_len);
    }
  });
});

describe("an id that is no whole number", () => {
  const whole = JSON.parse(readFileSync(join(import.meta.dirname, "../../../models/mini/tokenizer.json"), "utf8"));
  const refused = (definition: unknown): void => {
    const vocabulary = join(temporaryFolder({ "tokenizer.json": JSON.stringify(definition) }), "tokenizer.json");
    expect(() => openTokenizer({ vocabulary, config: null })).toThrow(/the id of ".+" is .*, and not a whole number/);
  };

  it.each([1.5, -1, "3", null, 2 ** 40, 1e300])("is refused in a vocabulary (%s)", (id) => {
    const definition = structuredClone(whole);
    const [, piece = ""] = Object.keys(definition.model.vocab);
    definition.model.vocab[piece] = id;
    refused(definition);
  });

  it("is refused among the added tokens", () => {
    const definition = structuredClone(whole);
    definition.added_tokens[0].id = 0.5;
    const vocabulary = join(temporaryFolder({ "tokenizer.json": JSON.stringify(definition) }), "tokenizer.json");
    expect(() => openTokenizer({ vocabulary, config: null })).toThrow(
      /expected int, received number\n.*added_tokens\[0\]/,
    );
  });
});
