import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer as RustTokenizer } from "tokenizers";
import { describe, expect, it } from "vitest";
import { resolveEncoder } from "../../../src/encoders/resolveEncoder.ts";
import { boundedTokenizer, openTokenizer } from "../../../src/encoders/text/tokenizer.ts";
import { findTokenizer, foldersOf, tokenizerNotes } from "../../../src/encoders/text/tokenizerFiles.ts";
import { wordPieceTokenizer } from "../../../src/encoders/text/wordPieceVocabulary.ts";
import { hasShared, sharedPath } from "../../shared.ts";
import { lastingFolder } from "../checkpoints/lastingFolder.ts";
import { tokensOf, vectorsOf } from "../embedInProcess.ts";
import { writeTinyEncoder } from "../tinyEncoder.ts";

const scratch = lastingFolder();
const vocabulary = [..."[PAD] [UNK] [CLS] [SEP] [MASK] deep Deep learning we é e 学 习 学习 ##x".split(" ")];
const settings = { lowerCase: true, stripAccents: null, splitChinese: true };
const bert = wordPieceTokenizer("vocab.txt", vocabulary.join("\n"), settings);

/** Opens the tokenizer of a folder with these files; objects are written as JSON. */
function open(files: Readonly<Record<string, unknown>>) {
  const folder = mkdtempSync(join(scratch, "t-"));
  const inner = join(folder, "model");
  mkdirSync(inner);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(inner, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  const found = findTokenizer(inner);
  if (found === null) throw new RangeError("no tokenizer was found");
  return openTokenizer(found);
}

const piecesOf = (files: Readonly<Record<string, unknown>>, text: string) =>
  open(files)
    .pieces(text)
    .map((id) => vocabulary[id] ?? id);

describe("findTokenizer", () => {
  it("takes what goes over a vocabulary from the vocabulary's own folder, and in onnx/ from the one around it", () => {
    const folder = mkdtempSync(join(scratch, "f-"));
    for (const name of ["model", "onnx", "bare"]) mkdirSync(join(folder, name));
    for (const name of ["model/vocab.txt", "onnx/vocab.txt"]) writeFileSync(join(folder, name), vocabulary.join("\n"));
    writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify({ do_lower_case: false }));
    const configOf = (name: string, named?: string) => findTokenizer(join(folder, name), named)?.config ?? null;
    writeFileSync(join(folder, "config.json"), JSON.stringify({ model_type: "roberta" }));
    expect(["model", "onnx"].map((name) => findTokenizer(join(folder, name))?.modelType)).toEqual([null, "roberta"]);
    expect(foldersOf(join(folder, "bare"), join(folder, "vocab.txt"))).toEqual([join(folder, "bare"), folder]);
    expect(configOf("model")).toBe(null);
    expect(configOf("onnx")).toBe(join(folder, "tokenizer_config.json"));
    expect(configOf("bare", join(folder, "model/vocab.txt"))).toBe(join(folder, "tokenizer_config.json"));
    expect(findTokenizer(join(folder, "bare"))).toBe(null);
    writeFileSync(join(folder, "vocab.txt"), vocabulary.join("\n"));
    const above = findTokenizer(join(folder, "bare"));
    expect(above).toMatchObject({
      vocabulary: join(folder, "vocab.txt"),
      config: join(folder, "tokenizer_config.json"),
    });
    if (above === null) return;
    expect(tokenizerNotes(join(folder, "bare"), above)).toEqual([
      `${join(folder, "bare")}: has no tokenizer; ${join(folder, "vocab.txt")}, one folder up, is taken`,
    ]);
    expect(tokenizerNotes(join(folder, "onnx"), above)).toEqual([]);
    expect(tokenizerNotes(join(folder, "bare"), above, "named")).toEqual([]);
  });
});

describe("tokenizer_config.json", () => {
  const file = { "tokenizer.json": bert };

  it("goes over the normalizer of tokenizer.json, as in Python", () => {
    const withConfig = (config: object) => piecesOf({ ...file, "tokenizer_config.json": config }, "Deep é 学习");
    const named = { tokenizer_class: "BertTokenizer" };
    expect(withConfig(named)).toEqual(["deep", "e", "学", "习"]);
    expect(withConfig({ ...named, do_lower_case: false })).toEqual(["Deep", "é", "学", "习"]);
    expect(withConfig({ ...named, do_lower_case: false, strip_accents: true })).toEqual(["Deep", "e", "学", "习"]);
    expect(withConfig({ ...named, strip_accents: false })).toEqual(["deep", "é", "学", "习"]);
    expect(withConfig({ ...named, tokenize_chinese_chars: false })).toEqual(["deep", "e", "学习"]);
    expect(withConfig({ do_lower_case: false })).toEqual(["Deep", "é", "学", "习"]);
  });

  it("brings the class's defaults where it names the class, and nothing under the general class", () => {
    const cased = wordPieceTokenizer("vocab.txt", vocabulary.join("\n"), { ...settings, lowerCase: false });
    const withConfig = (config: object | null, more = {}) =>
      piecesOf(
        { "tokenizer.json": cased, ...(config === null ? {} : { "tokenizer_config.json": config }), ...more },
        "Deep",
      );
    expect(withConfig({ tokenizer_class: "BertTokenizerFast" })).toEqual(["deep"]);
    expect(withConfig(null, { "config.json": { model_type: "bert" } })).toEqual(["deep"]);
    expect(withConfig(null)).toEqual(["Deep"]);
    expect(withConfig({ tokenizer_class: "PreTrainedTokenizerFast", do_lower_case: true })).toEqual(["Deep"]);
    expect(withConfig({ do_lower_case: true })).toEqual(["deep"]);
  });

  it("says at which end a text that is too long is cut", () => {
    const long = (files: object) =>
      open({ ...file, ...files })
        .encode("deep learning we", 4)
        .ids.map((id) => vocabulary[id]);
    expect(long({})).toEqual(["[CLS]", "deep", "learning", "[SEP]"]);
    expect(long({ "tokenizer_config.json": { truncation_side: "left" } })).toEqual([
      "[CLS]",
      "learning",
      "we",
      "[SEP]",
    ]);
    const left = { ...bert, truncation: { direction: "Left", max_length: 9, strategy: "LongestFirst", stride: 0 } };
    expect(long({ "tokenizer.json": left })).toEqual(["[CLS]", "learning", "we", "[SEP]"]);
  });

  it("adds the tokens of added_tokens_decoder", () => {
    const added = {
      "15": { content: "<graph>", lstrip: true, rstrip: false, single_word: false, normalized: false, special: true },
    };
    expect(piecesOf({ ...file, "tokenizer_config.json": { added_tokens_decoder: added } }, "deep  <graph>we")).toEqual([
      "deep",
      15,
      "we",
    ]);
  });
});

describe("special tokens that the configuration names", () => {
  const file = { "tokenizer.json": bert };
  const flags = { lstrip: false, rstrip: false, single_word: false, normalized: false, special: true };
  const withConfig = (config: object, text: string, more = {}) =>
    piecesOf({ ...file, "tokenizer_config.json": config, ...more }, text);

  it("are recognised in texts, and numbered on from the vocabulary where it has them not", () => {
    const further = { additional_special_tokens: ["<graph>", "deep", { content: "<x>", ...flags, rstrip: true }] };
    const text = "deepwe <graph>we<x> é";
    const ids = ["deep", "we", 15, "we", 16, "e"];
    expect(withConfig(further, text)).toEqual(ids);
    expect(withConfig({}, text, { "special_tokens_map.json": further })).toEqual(ids);
    expect(withConfig({ extra_special_tokens: further.additional_special_tokens }, text)).toEqual(ids);
    expect(withConfig({ extra_special_tokens: { image_token: "<graph>" } }, "we<graph>")).toEqual(["we", 15]);
    expect(withConfig({ bos_token: "<graph>" }, "we<graph>")).toEqual(["we", 15]);
  });

  it("count for the model's table only where a file numbers them, or they separate", () => {
    const largest = (config: object) => open({ ...file, "tokenizer_config.json": config }).largestId;
    expect(largest({ pad_token: "<none>" })).toBe(14);
    expect(largest({ sep_token: "<none>" })).toBe(15);
    expect(largest({ added_tokens_decoder: { 15: { content: "<none>", ...flags } } })).toBe(15);
  });

  it("are as the newest file says: the map is passed over where the configuration has added tokens", () => {
    const map = { "special_tokens_map.json": { bos_token: "deep" } };
    expect(withConfig({}, "deepwe", map)).toEqual(["deep", "we"]);
    expect(withConfig({ added_tokens_decoder: {} }, "deepwe", map)).toEqual(["[UNK]"]);
    const added = { "added_tokens.json": { "<graph>": 15 } };
    expect(withConfig({}, "we<graph>", added)).toEqual(["we", 15]);
    expect(withConfig({ added_tokens_decoder: {} }, "we<graph>", added)).toHaveLength(4);
  });

  it("have the flags of the configuration before those of tokenizer.json", () => {
    const decoder = { 3: { content: "[SEP]", ...flags, single_word: true } };
    expect(withConfig({}, "we[SEP]we")).toEqual(["we", "[SEP]", "we"]);
    expect(withConfig({ added_tokens_decoder: decoder }, "we[SEP]we")).toEqual(["we", "[UNK]", "[UNK]", "[UNK]", "we"]);
  });

  it.each([
    ["split in texts", { split_special_tokens: true }, /split_special_tokens/],
    ["other than the post-processor's", { cls_token: "deep" }, /cls_token is deep \(5\).* puts 2 in that place/],
    ["other at the end", { sep_token: "deep" }, /sep_token is deep \(5\).* puts 3 in that place/],
    ["nothing", { cls_token: "" }, /cls_token is empty/],
  ])("are refused where they are %s", (_what, config, message) => {
    expect(() => withConfig({ tokenizer_class: "BertTokenizer", ...config }, "")).toThrow(message);
  });

  it("do not hide a prefix that versions of transformers put or leave out", () => {
    const config = { tokenizer_class: "XLMRobertaTokenizer", add_prefix_space: false };
    expect(() => withConfig(config, "")).toThrow(/add_prefix_space false/);
  });
});

describe("the separator", () => {
  const bare = (definition: object): object => ({ ...definition, added_tokens: [], post_processor: null });
  const separator = (files: Readonly<Record<string, unknown>>) => open(files).separator;

  it("comes from the map of special tokens, the configuration, the class, or the closing token, in this order", () => {
    const map = { "special_tokens_map.json": { sep_token: { content: "<map>" } } };
    const config = { "tokenizer_config.json": { sep_token: "<config>" } };
    const file = { "tokenizer.json": bert };
    expect(separator({ ...file, ...config })).toBe("<config>");
    expect(separator({ ...file, ...map, ...config })).toBe("<map>");
    const newer = { "tokenizer_config.json": { sep_token: "<config>", added_tokens_decoder: {} } };
    expect(separator({ ...file, ...map, ...newer })).toBe("<config>");
    expect(separator({ ...file, ...map })).toBe("<map>");
    expect(separator({ ...file, "config.json": { model_type: "roberta" } })).toBe("</s>");
    expect(separator({ ...file, "tokenizer_config.json": { tokenizer_class: "MPNetTokenizerFast" } })).toBe("</s>");
    const closing = { ...bert, post_processor: { type: "RobertaProcessing", sep: ["<end>", 3], cls: ["[CLS]", 2] } };
    expect(separator({ "tokenizer.json": closing })).toBe("<end>");
    expect(separator({ "tokenizer.json": bare(bert) })).toBe("");
  });

  it("must be known for a recipe that puts it between title and abstract", async () => {
    const folder = mkdtempSync(join(scratch, "sep-"));
    const model = writeTinyEncoder(folder);
    writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(bare(bert)));
    await expect(resolveEncoder(model)).rejects.toThrow(/names no separator.*--recipe hf-space/);
    await expect(resolveEncoder(model, { text: "{title}{sep}{abstract}" })).rejects.toThrow(/names no separator/);
    expect((await resolveEncoder(model, { recipe: "hf-space" })).recipe.recipe).toBe("hf-space");
  });
});

describe("vocabularies without a tokenizer.json", () => {
  it("takes added_tokens.json beside a vocab.txt", () => {
    const files = { "vocab.txt": vocabulary.join("\n"), "added_tokens.json": { "<graph>": 15, "[NEW]": 16 } };
    expect(piecesOf(files, "deep <graph> [new] [NEW]")).toEqual(["deep", 15, 16, 16]);
  });

  it("takes the special tokens that the configuration names", () => {
    const names = ["<s>", "<pad>", "</s>", "[UNK]", "deep"];
    const files = { "vocab.txt": names.join("\n"), "config.json": { model_type: "mpnet" } };
    expect(open(files).encode("Deep what", 9).ids).toEqual([0, 4, 3, 2]);
  });

  it.each(["\n", "\r\n"])(
    "makes RoBERTa's tokenizer of vocab.json and merges.txt, its lines ended by %j",
    async (lineEnd) => {
      const vocab = Object.fromEntries(
        ["<s>", "<pad>", "</s>", "<unk>", ..."abĠ", "ab", "Ġa", "<mask>"].map((token, id) => [token, id]),
      );
      const merges = "#version: 0.2\na b\nĠ a\n".replaceAll("\n", lineEnd);
      const tokenizer = open({ "vocab.json": vocab, "merges.txt": merges, "config.json": { model_type: "roberta" } });
      expect(tokenizer.encode("ab a<mask>b", 99).ids).toEqual([0, 7, 8, 9, 5, 2]);
      expect(tokenizer.separator).toBe("</s>");
      expect(() => open({ "vocab.json": vocab })).toThrow(/merges\.txt is not beside it/);
    },
  );
});

describe("a tokenizer that we cannot read", () => {
  it.each([
    ["a normalizer", { normalizer: { type: "Odd" } }, /the normalizer Odd is not known/],
    ["a pre-tokenizer", { pre_tokenizer: { type: "Odd" } }, /the pre-tokenizer Odd is not known/],
    ["a post-processor", { post_processor: { type: "Odd" } }, /the post-processor Odd is not known/],
    ["a model", { model: { type: "Odd", vocab: {} } }, /the model Odd is not known/],
    ["dropout", { model: { type: "BPE", dropout: 0.1, vocab: { a: 0 }, merges: [] } }, /option dropout/],
    [
      "words without an unknown one",
      { model: { type: "WordLevel", unk_token: "<u>", vocab: { a: 0 } } },
      /<u>, which stands for/,
    ],
  ])("is refused for %s that is not known", (_what, part, message) => {
    expect(() => open({ "tokenizer.json": { ...bert, ...part } })).toThrow(message);
  });
});

describe("a tokenizer that could fill the memory, or gives nothing", () => {
  const words = { "tokenizer.json": bert };
  const special = { id: "[CLS]", ids: Array.from({ length: 100 }, () => 2), tokens: [] };
  it.each([
    [
      "a template of many tokens",
      {
        post_processor: {
          type: "TemplateProcessing",
          single: [{ SpecialToken: { id: "[CLS]" } }, { Sequence: { id: "A" } }],
          special_tokens: { "[CLS]": special },
        },
      },
      /a template puts over 64 tokens at one end/,
    ],
    [
      "a long text to begin with",
      { normalizer: { type: "Prepend", prepend: "x".repeat(1001) } },
      /Prepend puts in 1001/,
    ],
    [
      "a vocabulary of another form",
      { model: { ...(bert.model as object), vocab: ["a"] } },
      /WordPiece is not an object of ids/,
    ],
    ["an empty vocabulary", { model: { ...(bert.model as object), vocab: {} } }, /its vocabulary is empty/],
  ])("is refused for %s", (_what, part, message) => {
    expect(() => open({ "tokenizer.json": { ...bert, ...part } })).toThrow(message);
  });

  it("is refused when its normalizers make a text long", () => {
    const step = { type: "Replace", pattern: { String: "a" }, content: "aaaaaaaaaa" };
    const grows = { type: "Sequence", normalizers: [step, step, step, step] };
    const tokenizer = open({ "tokenizer.json": { ...bert, normalizer: grows } });
    expect(() => tokenizer.encode("a".repeat(50), 9)).toThrow(/tokenizer\.json: .* over 32 times as long/);
    expect(open(words).encode("deep", 9).ids.length).toBeGreaterThan(2);
  });

  it("is named when a text takes a bounded one too long", () => {
    const endless = { type: "Replace", pattern: { Regex: "(a+)+$" }, content: "b" };
    const folder = mkdtempSync(join(scratch, "t-"));
    writeFileSync(join(folder, "tokenizer.json"), JSON.stringify({ ...bert, normalizer: endless }));
    const files = { vocabulary: join(folder, "tokenizer.json"), config: null };
    const tokenizer = boundedTokenizer(files);
    expect(tokenizer.encode("deep", 9)).toEqual(openTokenizer(files).encode("deep", 9));
    expect(() => tokenizer.encode(`${"a".repeat(50)}!`, 9)).toThrow(/does not come to an end with the text "aaaa/);
  });
});

describe.skipIf(!hasShared)("tokenizers that were misread", () => {
  it("has the separator between title and abstract where only the map of special tokens names it", async () => {
    const place = sharedPath("cases/separator-lost");
    const papers = Object.values(JSON.parse(readFileSync(`${place}/papers.json`, "utf8"))) as {
      title: string;
      abstract: string;
    }[];
    const encoder = await resolveEncoder(`${place}/model`);
    const [a, b, c] = tokensOf(
      encoder,
      papers.map(({ title, abstract }) => ({ title, abstract })),
    );
    // The second and third paper have no abstract, so that the separator closes them.
    expect([...(a ?? []).slice(0, -1), 2, 2]).toEqual(c);
    expect(a).not.toEqual(b);
  });

  it("keeps the case that tokenizer_config.json keeps, and gives transformers' vector", async () => {
    const place = sharedPath("cases/tokenizer-config-lowercase");
    const papers = Object.values(JSON.parse(readFileSync(`${place}/papers.json`, "utf8"))) as {
      title: string;
      abstract: string;
    }[];
    const right = JSON.parse(readFileSync(`${place}/torch.json`, "utf8"))[
      "right (cased, as transformers tokenizes it)"
    ] as number[];
    const encoder = await resolveEncoder(`${place}/model`, { cacheDir: lastingCache });
    const [vector] = await vectorsOf(encoder, tokensOf(encoder, papers));
    for (const [k, value] of right.entries()) expect(Math.abs((vector?.[k] ?? 9) - value)).toBeLessThan(1e-5);
  });
});

const lastingCache = lastingFolder();

describe("a bare vocabulary", () => {
  it("is what Rust makes of the definition", async () => {
    const rust = RustTokenizer.fromString(JSON.stringify(bert));
    const ours = open({ "vocab.txt": vocabulary.join("\n") });
    for (const text of ["Deep é learningx", "[SEP]we"]) {
      expect(ours.encode(text, 99).ids).toEqual((await rust.encode(text)).getIds());
    }
  });
});
