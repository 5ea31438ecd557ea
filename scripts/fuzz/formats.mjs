// The formats that are fuzzed: how a valid file of each is made, and what reads it. Runs the built program.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  bertConfig,
  safetensorsFile,
  tarFile,
  tinyVocabulary,
  torchLegacyFile,
  torchZipFile,
} from "../tinyCheckpoints.mjs";

const root = join(import.meta.dirname, "../..");
const built = (path) => import(join(root, "dist", path));
const mini = (name) => join(root, "models/mini", name);
const papers = Array.from({ length: 5 }, (_, index) => `p${index}`);

async function vectorFile(folder, name) {
  const [{ writeVectors }, { vectorTable }] = await Promise.all([
    built("vectors/writeVectors.js"),
    built("vectors/vectorTable.js"),
  ]);
  const data = Float32Array.from({ length: 20 }, (_, index) => index / 8 - 1);
  const path = join(folder, name);
  await writeVectors(path, vectorTable(papers, 4, data), {}, {});
  return readFileSync(path);
}

const readsVectors = async (path) =>
  void (await (await built("vectors/readVectors.js")).readVectors([path], { threads: 1 }));

async function readsTensors(read, path) {
  const { readFloat32 } = await built("tensorFiles/storedTensor.js");
  for (const tensor of read(path).values()) readFloat32(tensor);
}

async function tokenizes(path) {
  const { openTokenizer } = await built("encoders/text/tokenizer.js");
  openTokenizer({ vocabulary: path, config: null }).encode("Deep learning of graphs, on $5.00", 16);
}

async function segment(folder) {
  const { openVectorStore } = await built("embed/store/store.js");
  const key = (digit) => digit.repeat(64);
  const store = await openVectorStore(join(folder, "store"), { fingerprint: key("f"), settings: { model: "m" } });
  store.beginJob({ batchTokens: 8, windowTexts: 2, keys: [key("a"), key("b")] });
  for (const digit of ["a", "b"])
    store.append([{ key: key(digit), paperId: digit, truncated: false }], Float32Array.of(1, 2), 2);
  await store.close();
  const [name] = readdirSync(store.folder);
  return readFileSync(join(store.folder, name));
}

const tensors = new Map([
  ["layer.weight", { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ["layer.bias", { shape: [2], data: Float32Array.of(-0.5, 0.25) }],
]);

/** A record as the program writes it. */
function record(folder) {
  const args = ["run", "--model", "mini", "--tasks", "cite", "--no-store", "-o", "r.json"];
  execFileSync(process.execPath, [join(root, "dist/cli/main.js"), ...args], { cwd: folder, stdio: "ignore" });
  return readFileSync(join(folder, "r.json"));
}

const text = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
const metadata = Object.fromEntries(
  papers.map((id) => [id, { paper_id: id, title: `Title of ${id}`, abstract: "An abstract." }]),
);

/** name, the file's name, a valid file (given a folder to make things in), and a reader (given a path). */
export const formats = [
  ...["v.jsonl", "v.jsonl.gz", "v.safetensors", "v.parquet"].map((name) => ({
    name: `vectors ${name.slice(2)}`,
    fileName: name,
    valid: (folder) => vectorFile(folder, name),
    read: readsVectors,
  })),
  { name: "vectors npy", fileName: "v.npy", valid: (folder) => vectorFile(folder, "v.npy"), read: readsVectors },
  {
    name: "PyTorch zip",
    fileName: "w.bin",
    valid: () => torchZipFile(tensors),
    read: async (path) => readsTensors((await built("tensorFiles/torch.js")).readTorch, path),
  },
  {
    name: "PyTorch before 1.6",
    fileName: "w.th",
    valid: () => torchLegacyFile(tensors),
    read: async (path) => readsTensors((await built("tensorFiles/torch.js")).readTorch, path),
  },
  {
    name: "safetensors weights",
    fileName: "w.safetensors",
    valid: () => safetensorsFile(tensors),
    read: async (path) => readsTensors((await built("tensorFiles/safetensors.js")).readSafetensors, path),
  },
  {
    name: "archive",
    fileName: "a.tar.gz",
    valid: () =>
      gzipSync(
        tarFile([
          { name: "config.json", bytes: text({ a: 1 }) },
          { name: "weights.th", bytes: Buffer.alloc(3000, 7) },
        ]),
      ),
    read: async (path) =>
      void (await (await built("tensorFiles/tar.js")).unpackTarGz(path, join(path, "../unpacked"), () => true)),
  },
  {
    name: "ONNX",
    fileName: "m.onnx",
    valid: () => readFileSync(mini("model.onnx")),
    read: async (path) => void (await built("encoders/modelSignature.js")).readModelSignature(path),
  },
  {
    name: "tokenizer.json",
    fileName: "tokenizer.json",
    valid: () => readFileSync(mini("tokenizer.json")),
    read: tokenizes,
  },
  { name: "vocab.txt", fileName: "vocab.txt", valid: () => text(tinyVocabulary().join("\n")), read: tokenizes },
  {
    name: "config.json",
    fileName: "config.json",
    valid: () => text(bertConfig({ vocabulary: 100 })),
    read: async (path) => void (await built("encoders/architectures/bert/bertConfig.js")).readBertConfig(path),
  },
  {
    name: "record",
    fileName: "r.json",
    valid: record,
    read: async (path) => void (await (await built("results/record.js")).readRecord(path)),
  },
  {
    name: "metadata",
    fileName: "p.json",
    valid: () => text(metadata),
    read: async (path) => void (await (await built("datasets/papers.js")).readPapers(path, null)),
  },
  {
    name: "store",
    fileName: "s.vectors",
    valid: segment,
    read: async (path) => {
      const { SegmentReader } = await built("embed/store/segmentReader.js");
      const { scanSegments } = await built("embed/store/mergeSegments.js");
      const reader = SegmentReader.open(path);
      const { index } = await scanSegments([reader]);
      for (const { offset, dimensions, crc } of index.places.values()) reader.vectorAt(offset, dimensions, crc);
      reader.close();
    },
  },
  {
    name: "listing",
    fileName: "l.xml",
    valid: () =>
      text(
        '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a/b</Key><Size>5</Size><ETag>"0123"</ETag></Contents></ListBucketResult>',
      ),
    read: async (path) =>
      void (await built("datasets/download/downloadListing.js")).parseListing(readFileSync(path, "utf8")),
  },
];

/** Readers that fail, to show that a failure is found, kept and shrunk. */
export const failingFormats = [
  {
    name: "a reader that crashes",
    fileName: "crash.txt",
    valid: () => text("a".repeat(400)),
    read: async (path) => {
      if (/[^a]/.test(readFileSync(path, "latin1"))) throw new TypeError("not an a");
    },
  },
  {
    name: "a reader that takes all memory",
    fileName: "memory.txt",
    valid: () => text("a".repeat(400)),
    read: async (path) => {
      const taken = [];
      while (/[^a]/.test(readFileSync(path, "latin1")) && taken.length < 6) taken.push(Buffer.alloc(150e6, 1));
    },
  },
];

/** Copies what must lie beside a format's file: all else that was made with it. */
export function layBeside({ fileName }, from, to) {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from, { withFileTypes: true })) {
    if (name.isFile() && name.name !== fileName) copyFileSync(join(from, name.name), join(to, name.name));
  }
}
