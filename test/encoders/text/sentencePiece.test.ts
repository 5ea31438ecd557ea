import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer as RustTokenizer } from "tokenizers";
import { describe, expect, it } from "vitest";
import { exportCheckpoint } from "../../../src/encoders/checkpoints/exportCheckpoint.ts";
import { resolveEncoder } from "../../../src/encoders/resolveEncoder.ts";
import {
  camembertPieces,
  sentencePieceTokenizer,
  xlmRobertaPieces,
} from "../../../src/encoders/text/sentencePieceVocabulary.ts";
import { openTokenizer } from "../../../src/encoders/text/tokenizer.ts";
import { findTokenizer } from "../../../src/encoders/text/tokenizerFiles.ts";
import { ProtobufMessage } from "../../../src/onnx/protobuf.ts";
import { hasShared, sharedPath } from "../../shared.ts";
import { writeRandomEncoder } from "../architectures/randomEncoder.ts";
import { lastingFolder } from "../checkpoints/lastingFolder.ts";
import { tokensOf, vectorsOf } from "../embedInProcess.ts";
import { nastyTexts } from "./nastyTexts.ts";

const scratch = lastingFolder();
const cacheDir = lastingFolder();
const trained = join(import.meta.dirname, "sentencePiece/sentencepiece.bpe.model");
const name = "sentencepiece.bpe.model";

interface PieceToWrite {
  readonly text: string;
  readonly score: number;
  readonly kind?: number;
}

/** A SentencePiece model in a file, with further fields of its trainer and normalizer. */
function modelFile(
  pieces: readonly PieceToWrite[],
  {
    map,
    trainer = {},
    normalizer = {},
  }: { map?: Uint8Array; trainer?: Record<number, number>; normalizer?: Record<number, number> } = {},
): Buffer {
  const message = new ProtobufMessage();
  for (const { text, score, kind } of pieces) {
    const piece = new ProtobufMessage().string(1, text).float(2, score);
    message.message(1, kind === undefined ? piece : piece.integer(3, kind));
  }
  const part = (fields: Record<number, number>): ProtobufMessage => {
    const made = new ProtobufMessage();
    for (const [number, value] of Object.entries(fields)) made.integer(Number(number), value);
    return made;
  };
  const rules = part(normalizer);
  if (map !== undefined) rules.bytes(2, map);
  return Buffer.concat([...message.message(2, part(trainer)).message(3, rules).chunks()]);
}

const beginning: PieceToWrite[] = [
  { text: "<unk>", score: 0, kind: 2 },
  { text: "<s>", score: 0, kind: 3 },
  { text: "</s>", score: 0, kind: 3 },
];

/** A folder with a model in it, below one of its own. */
function folderWith(model: Buffer, modelType: string | null = "xlm-roberta"): string {
  const folder = join(mkdtempSync(join(scratch, "m-")), "model");
  mkdirSync(folder);
  writeFileSync(join(folder, name), model);
  if (modelType !== null) writeFileSync(join(folder, "config.json"), JSON.stringify({ model_type: modelType }));
  return folder;
}

function open(folder: string) {
  const files = findTokenizer(folder);
  if (files === null) throw new Error("no tokenizer was found");
  return openTokenizer(files);
}

describe("a bare SentencePiece model", () => {
  const { pieces }: { pieces: { text: string; numbers: number[] }[] } = JSON.parse(
    readFileSync(join(import.meta.dirname, "sentencePiece/expected.json"), "utf8"),
  );

  it.each([
    ["XLM-RoBERTa", "xlm-roberta", 1, [0, 2]],
    ["CamemBERT", "camembert", 4, [5, 6]],
  ] as const)("splits as the library that trained it, in the numbers of %s", (_name, type, shift, [start, end]) => {
    const tokenizer = open(folderWith(readFileSync(trained), type));
    for (const { text, numbers } of pieces) {
      // 0 is the unknown piece, which has the number 3 in both families.
      const ids = numbers.map((number) => (number === 0 ? 3 : number + shift));
      expect([text, tokenizer.encode(text, 99).ids]).toEqual([text, [start, ...ids, end]]);
    }
    expect(tokenizer.separator).toBe("</s>");
    expect(tokenizer.tokenId("<pad>")).toBe(1);
    expect(tokenizer.tokenId("<mask>")).toBe(tokenizer.largestId);
  });

  it.each([
    ["XLM-RoBERTa", xlmRobertaPieces, "xlm-roberta"],
    ["CamemBERT", camembertPieces, "camembert"],
  ] as const)("gives Rust's token ids on nasty texts, as %s", async (_name, numbering, type) => {
    const rust = RustTokenizer.fromString(
      JSON.stringify({
        version: "1.0",
        truncation: null,
        padding: null,
        decoder: null,
        ...sentencePieceTokenizer(trained, numbering),
      }),
    );
    const tokenizer = open(folderWith(readFileSync(trained), type));
    for (const text of [...nastyTexts, "a GPT-4 xGPTx", "title</s>abstract  with <mask> end "]) {
      expect([text, tokenizer.encode(text, 999).ids]).toEqual([text, (await rust.encode(text)).getIds()]);
    }
  });

  it("is taken from a checkpoint's folder, and goes with its export", async () => {
    const model = writeRandomEncoder(mkdtempSync(join(scratch, "e-")), "xlm-roberta", { config: { vocab_size: 162 } });
    copyFileSync(trained, join(model, name));
    const encoder = await resolveEncoder(model, { cacheDir, pooling: "mean" });
    const tokens = tokensOf(encoder, [{ title: "graph papers", abstract: "of cells" }]);
    expect(tokens[0]).toContain(2);
    const file = join(scratch, "exported", "model.onnx");
    const { files } = await exportCheckpoint(model, file, { output: "tokens" });
    expect(files).toContain(join(scratch, "exported", name));
    const exported = await resolveEncoder(file, { cacheDir, pooling: "mean" });
    expect(await vectorsOf(exported, tokens)).toEqual(await vectorsOf(encoder, tokens));
  });

  const some: PieceToWrite[] = [...beginning, { text: "▁a", score: -1 }, { text: "b", score: -2 }];
  it.each<[string, Buffer, RegExp]>([
    [
      "BPE",
      modelFile(some, { trainer: { 3: 2 } }),
      /a SentencePiece model of the kind BPE; only unigram models are known/,
    ],
    ["words", modelFile(some, { trainer: { 3: 3 } }), /of the kind word;/],
    ["bytes for unknown characters", modelFile(some, { trainer: { 35: 1 } }), /trained with byte_fallback=true/],
    ["blanks after words", modelFile(some, { trainer: { 24: 1 } }), /trained with treat_whitespace_as_suffix=true/],
    ["no blank before a text", modelFile(some, { normalizer: { 3: 0 } }), /trained with add_dummy_prefix=false/],
    ["blanks that count", modelFile(some, { normalizer: { 4: 0 } }), /trained with remove_extra_whitespaces=false/],
    ["another beginning", modelFile(some.slice(1)), /begins with the pieces <s> <\/s> ▁a and not with <unk> <s> <\/s>/],
    ["pieces out of use", modelFile([...some, { text: "c", score: -1, kind: 5 }]), /a piece of the kind unused \(c\)/],
    ["a piece twice", modelFile([...some, { text: "b", score: -9 }]), /damaged: it has the piece b twice/],
    ["a score that is none", modelFile([...some, { text: "c", score: Number.NaN }]), /the score of its piece c is NaN/],
    ["no pieces", modelFile([]), /is not a SentencePiece model, or damaged: it has no pieces/],
    ["a cut", modelFile(some).subarray(0, 27), /is not a SentencePiece model, or damaged: a field is longer/],
    ["text", Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"), /Git LFS/],
    [
      "bytes that are no text",
      modelFile([...some, { text: "", score: 0 }]).fill(0xff, 4, 6),
      /is not a SentencePiece model, or damaged/,
    ],
  ])("is refused for %s", (_what, bytes, message) => {
    expect(() => open(folderWith(bytes))).toThrow(message);
  });

  it("is refused where the family is not known", () => {
    for (const type of ["t5", null]) {
      expect(() => open(folderWith(readFileSync(trained), type))).toThrow(/known for XLM-RoBERTa and CamemBERT alone/);
    }
  });
});

describe.skipIf(!hasShared).each(["xlm-roberta", "st-xlm-roberta"])("the SentencePiece model of %s", (golden) => {
  it("gives the token ids of its tokenizer.json", async () => {
    const folder = sharedPath(`goldens/encoders/${golden}`);
    const copy = join(mkdtempSync(join(scratch, "g-")), "folder");
    cpSync(join(folder, "folder"), copy, { recursive: true });
    const { model, normalizer } = JSON.parse(readFileSync(join(copy, "tokenizer.json"), "utf8"));
    rmSync(join(copy, "tokenizer.json"));
    const own: [string, number][] = model.vocab.slice(4, -1);
    const pieces = [...beginning, ...own.map(([text, score]) => ({ text, score }))];
    writeFileSync(join(copy, name), modelFile(pieces, { map: Buffer.from(normalizer.precompiled_charsmap, "base64") }));
    const papers = Object.values<{ title: string; abstract: string }>(
      JSON.parse(readFileSync(sharedPath("goldens/encoders/papers.json"), "utf8")),
    );
    const [whole, bare] = await Promise.all(
      [join(folder, "folder"), copy].map((path) => resolveEncoder(path, { cacheDir })),
    );
    if (whole === undefined || bare === undefined) throw new Error("not resolved");
    expect(bare.tokenizer.vocabulary).toBe(join(copy, name));
    const tokens = tokensOf(bare, papers);
    expect(tokens).toEqual(tokensOf(whole, papers));
    const { tokenizations } = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));
    const expected = Object.values<{ ids: Record<string, number[]> }>(tokenizations).map(({ ids }) =>
      Object.values(ids),
    );
    expect(expected).toContainEqual(tokens);
  });
});
