// node scripts/makeMiniModel.mjs [DATA] [OUT]: makes models/mini, a small encoder, from the texts of datasets/mini.
// It needs the built program (npm run build). The same data give the same bytes.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readPaperTexts } from "../dist/datasets/papers.js";
import { openTokenizer } from "../dist/encoders/text/tokenizer.js";
import { wordPieceTokenizer } from "../dist/encoders/text/wordPieceVocabulary.js";
import { writeWhole } from "../dist/files/writeWhole.js";
import { buildModel } from "../dist/onnx/encode.js";
import { scidocs } from "../dist/suites/scidocs/scidocs.js";
import { pieceVectors } from "./miniModel/pieceVectors.mjs";
import { learnWordPieces, specialTokens } from "./miniModel/wordPieces.mjs";

const root = join(import.meta.dirname, "..");
const [data = join(root, "datasets/mini"), out = join(root, "models/mini")] = process.argv.slice(2);
const vocabularySize = 2048;
const dimensions = 64;
const maxLength = 512;

const texts = new Map();
for (const file of scidocs.layout.metadataFiles) {
  for (const { id, title, abstract } of (await readPaperTexts(join(data, file), null)).papers.values()) {
    texts.set(id, `${title ?? ""} ${abstract ?? ""}`.toLowerCase());
  }
}

const wordCounts = new Map();
for (const text of texts.values()) {
  for (const word of text.match(/[\p{L}\p{N}]+|[^\p{L}\p{N}\s]/gu) ?? []) {
    wordCounts.set(word, (wordCounts.get(word) ?? 0) + 1);
  }
}
const vocabulary = learnWordPieces(wordCounts, vocabularySize);

await mkdir(out, { recursive: true });
const vocabularyFile = join(out, "vocab.txt");
const vocabularyText = `${vocabulary.join("\n")}\n`;
const settings = { lowerCase: true, stripAccents: null, splitChinese: true };
await writeWhole(vocabularyFile, vocabularyText);
await writeWhole(join(out, "tokenizer.json"), json(wordPieceTokenizer(vocabularyFile, vocabularyText, settings)));
await writeWhole(
  join(out, "tokenizer_config.json"),
  json({
    tokenizer_class: "BertTokenizer",
    do_lower_case: true,
    strip_accents: null,
    tokenize_chinese_chars: true,
    model_max_length: maxLength,
    pad_token: "[PAD]",
    unk_token: "[UNK]",
    cls_token: "[CLS]",
    sep_token: "[SEP]",
    mask_token: "[MASK]",
  }),
);
await writeWhole(
  join(out, "config.json"),
  json({
    model_type: "scidocs-mini",
    hidden_size: dimensions,
    vocab_size: vocabulary.length,
    max_position_embeddings: maxLength,
    pad_token_id: 0,
  }),
);

const tokenizer = openTokenizer({ vocabulary: vocabularyFile, config: join(out, "tokenizer_config.json") });
const pieces = [...texts.values()].map((text) => tokenizer.pieces(text).slice(0, maxLength));
const table = pieceVectors(pieces, vocabulary.length, dimensions, specialTokens.length);
await writeWhole(join(out, "model.onnx"), buildModel(encoder(table)));
await writeWhole(
  join(out, "README.md"),
  `# mini

A small encoder for trying scidocs out: the mean of ${dimensions}-dimensional word-piece vectors, scaled to length 1. Vocabulary and
vectors (latent semantic analysis of which pieces occur together) were made from the invented papers of datasets/mini
and know no other text. To make both anew, to the same bytes:

    npm run build
    node dist/cli/main.js data synth --out datasets/mini --scale 0.005 --seed 1
    node scripts/makeMiniModel.mjs
`,
);

/** The encoder's graph: look up, mean over the tokens that are there, scale to length 1. */
function encoder(embeddings) {
  const node = (opType, inputs, output, attributes = {}) => ({ opType, inputs, outputs: [output], attributes });
  const int64 = (name, ...values) => ({
    name,
    dataType: "int64",
    dims: [values.length],
    data: BigInt64Array.from(values, BigInt),
  });
  const tokens = { dataType: "int64", dims: ["batch", "tokens"] };
  return {
    name: "scidocs-mini",
    inputs: [
      { name: "input_ids", ...tokens },
      { name: "attention_mask", ...tokens },
    ],
    outputs: [{ name: "sentence_embedding", dataType: "float32", dims: ["batch", dimensions] }],
    nodes: [
      node("Gather", ["pieces", "input_ids"], "looked_up", { axis: { int: 0 } }),
      node("Cast", ["attention_mask"], "mask", { to: { int: 1 } }),
      node("Unsqueeze", ["mask", "last_axis"], "mask_column"),
      node("Mul", ["looked_up", "mask_column"], "masked"),
      node("ReduceSum", ["masked", "token_axis"], "sum", { keepdims: { int: 0 } }),
      node("ReduceSum", ["mask", "token_axis"], "count", { keepdims: { int: 1 } }),
      node("Max", ["count", "one"], "divisor"),
      node("Div", ["sum", "divisor"], "mean"),
      node("ReduceL2", ["mean"], "length", { axes: { ints: [1] }, keepdims: { int: 1 } }),
      // A text without a known piece has the mean zero; it stays zero.
      node("Max", ["length", "tiny"], "safe_length"),
      node("Div", ["mean", "safe_length"], "sentence_embedding"),
    ],
    initializers: [
      { name: "pieces", dataType: "float32", dims: [embeddings.length / dimensions, dimensions], data: embeddings },
      int64("last_axis", -1),
      int64("token_axis", 1),
      { name: "one", dataType: "float32", dims: [], data: Float32Array.of(1) },
      { name: "tiny", dataType: "float32", dims: [], data: Float32Array.of(1e-12) },
    ],
  };
}

function json(value) {
  return `${JSON.stringify(value, null, 1)}\n`;
}
