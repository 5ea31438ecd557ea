// Writes one small random BERT in the three forms that checkpoints come in, for trying things out without a download:
//
//   node scripts/tinyCheckpoints.mjs DIR
//
// DIR/hf              a Hugging Face folder with pytorch_model.bin (a pickle in a zip file)
// DIR/hf-safetensors  the same with model.safetensors
// DIR/original        an AllenNLP archive model.tar.gz with the same encoder and a mix over its layers, and its vocab.txt beside it
//
// DIR/papers.json     forty papers of made-up text to embed with them
//
// The vectors mean nothing; the files have the layout of real ones, and the same seed gives the same bytes.
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const letters = [..."abcdefghijklmnopqrstuvwxyz0123456789"];
const words =
  "the of and a in to is for with on by an are from as that this we be at or which it study paper model data analysis method results " +
  "using based new learning network system effect cell protein patient disease treatment theory quantum energy market policy social";

/** A vocabulary that can spell every English word: special tokens, punctuation, letters, some words and endings. */
export function tinyVocabulary() {
  return [
    ..."[PAD] [unused1] [UNK] [CLS] [SEP] [MASK]".split(" "),
    ..."!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~",
    ...letters,
    ...letters.map((letter) => `##${letter}`),
    ...words.split(" ").filter((word) => word.length > 1),
    ..."##ing ##ed ##er ##ly ##tion ##al ##ment ##ity ##ic".split(" "),
  ];
}

/** Uniform numbers in [0, 1) from a 32-bit seed (Mulberry32). */
function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Random weights of a BERT under Hugging Face's names, float32, in PyTorch's order. */
export function randomBert({ hidden = 64, layers = 3, wide = 128, vocabulary, positions = 512, seed = 1 }) {
  const next = uniform(seed);
  const tensors = new Map();
  const add = (name, shape, centre, spread) => {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    // The sum of three uniforms is near enough to a normal draw for weights that mean nothing.
    for (let index = 0; index < data.length; index++)
      data[index] = centre + spread * (next() + next() + next() - 1.5) * 2;
    tensors.set(name, { shape, data });
  };
  const linear = (name, out, inputs) => {
    add(`${name}.weight`, [out, inputs], 0, 1.5 / Math.sqrt(inputs));
    add(`${name}.bias`, [out], 0, 0.1);
  };
  const norm = (name) => {
    add(`${name}.weight`, [hidden], 1, 0.1);
    add(`${name}.bias`, [hidden], 0, 0.1);
  };
  add("embeddings.word_embeddings.weight", [vocabulary, hidden], 0, 0.5);
  add("embeddings.position_embeddings.weight", [positions, hidden], 0, 0.1);
  add("embeddings.token_type_embeddings.weight", [2, hidden], 0, 0.1);
  norm("embeddings.LayerNorm");
  for (let layer = 0; layer < layers; layer++) {
    const at = `encoder.layer.${layer}`;
    for (const part of ["query", "key", "value"]) linear(`${at}.attention.self.${part}`, hidden, hidden);
    linear(`${at}.attention.output.dense`, hidden, hidden);
    norm(`${at}.attention.output.LayerNorm`);
    linear(`${at}.intermediate.dense`, wide, hidden);
    linear(`${at}.output.dense`, hidden, wide);
    norm(`${at}.output.LayerNorm`);
  }
  linear("pooler.dense", hidden, hidden);
  return tensors;
}

/** A `config.json` that goes with {@link randomBert}. */
export function bertConfig({ hidden = 64, layers = 3, heads = 4, wide = 128, vocabulary, positions = 512 }) {
  return {
    architectures: ["BertModel"],
    model_type: "bert",
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: wide,
    vocab_size: vocabulary,
    max_position_embeddings: positions,
    type_vocab_size: 2,
    hidden_act: "gelu",
    layer_norm_eps: 1e-12,
    pad_token_id: 0,
  };
}

const bytesOf = ({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** A safetensors file: the header's length, the header, the tensors end to end. `type` names the elements, default F32. */
export function safetensorsFile(tensors, type = "F32") {
  const header = {};
  let at = 0;
  for (const [name, tensor] of tensors) {
    header[name] = { dtype: tensor.type ?? type, shape: tensor.shape, data_offsets: [at, at + tensor.data.byteLength] };
    at += tensor.data.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...[...tensors.values()].map(bytesOf)]);
}

/** Pieces of a pickle, protocol 2. */
export const pickle = {
  begin: Buffer.of(0x80, 2),
  stop: Buffer.from("."),
  mark: Buffer.from("("),
  text(value) {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([Buffer.from("X"), length, bytes]);
  },
  integer(value) {
    const bytes = Buffer.alloc(5);
    bytes.write("J");
    bytes.writeInt32LE(value, 1);
    return bytes;
  },
  /** An integer of any length as LONG1. */
  long(value) {
    let hex = value.toString(16);
    if (hex.length % 2 === 1) hex = `0${hex}`;
    const bytes = Buffer.concat([Buffer.from(hex, "hex").reverse(), Buffer.of(0)]);
    return Buffer.concat([Buffer.of(0x8a, bytes.length), bytes]);
  },
  global: (module, name) => Buffer.from(`c${module}\n${name}\n`),
  tuple: (...items) => Buffer.concat([Buffer.from("("), ...items, Buffer.from("t")]),
  list: (...items) => Buffer.concat([Buffer.from("]("), ...items, Buffer.from("e")]),
  false: Buffer.of(0x89),
  true: Buffer.of(0x88),
  none: Buffer.from("N"),
  call: (target, ...args) => Buffer.concat([target, pickle.tuple(...args), Buffer.from("R")]),
  dictionary: (entries) =>
    Buffer.concat([
      Buffer.from("}("),
      ...entries.flatMap(([key, value]) => [pickle.text(key), value]),
      Buffer.from("u"),
    ]),
};

/** A tensor's call of `_rebuild_tensor_v2`. `view` is what the old format's persistent ids have and the zip format's have not. */
export function pickledTensor({ key, shape, strides, offset = 0, count, storage = "FloatStorage" }, view) {
  const id = pickle.tuple(
    pickle.text("storage"),
    pickle.global("torch", storage),
    pickle.text(key),
    pickle.text("cpu"),
    pickle.integer(count),
    ...(view === undefined ? [] : [view]),
  );
  const sizes = (values) => pickle.tuple(...values.map(pickle.integer));
  return pickle.call(
    pickle.global("torch._utils", "_rebuild_tensor_v2"),
    Buffer.concat([id, Buffer.from("Q")]),
    pickle.integer(offset),
    sizes(shape),
    sizes(strides),
    pickle.false,
    pickle.call(pickle.global("collections", "OrderedDict")),
  );
}

function stridesOf(shape) {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
}

function stateDict(tensors, keyOf, view) {
  const entries = [...tensors].map(([name, { shape, data }]) => {
    const tensor = { key: keyOf(name), shape, strides: stridesOf(shape), count: data.length };
    return [name, pickledTensor(tensor, view)];
  });
  return Buffer.concat([pickle.begin, pickle.dictionary(entries), pickle.stop]);
}

/** What `torch.save` writes since PyTorch 1.6. */
export function torchZipFile(tensors, name = "pytorch_model") {
  const keys = new Map([...tensors.keys()].map((tensor, index) => [tensor, String(index)]));
  return zipFile([
    [`${name}/data.pkl`, stateDict(tensors, (tensor) => keys.get(tensor))],
    [`${name}/byteorder`, Buffer.from("little")],
    ...[...tensors].map(([tensor, value]) => [`${name}/data/${keys.get(tensor)}`, bytesOf(value)]),
    [`${name}/version`, Buffer.from("3\n")],
  ]);
}

/** What `torch.save` wrote before. */
export function torchLegacyFile(tensors) {
  // Keys were memory addresses, and storages follow in the order of their text.
  const keys = new Map(
    [...tensors.keys()].map((tensor, index) => [tensor, String(94000000 + ((index * 7919) % 10007) * 64)]),
  );
  const system = pickle.dictionary([
    ["protocol_version", pickle.integer(1001)],
    ["little_endian", pickle.true],
  ]);
  return torchLegacyParts(
    system,
    stateDict(tensors, (tensor) => keys.get(tensor), pickle.none),
    [...tensors].map(([tensor, value]) => [keys.get(tensor), value.data.length, bytesOf(value)]),
  );
}

/** The old format from its parts: `storages` are `[key, count, bytes]`. */
export function torchLegacyParts(system, dictionary, storages) {
  const whole = (...parts) => Buffer.concat([pickle.begin, ...parts, pickle.stop]);
  const sorted = [...storages].sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat([
    whole(pickle.long(0x1950a86a20f9469cfc6cn)),
    whole(pickle.integer(1001)),
    whole(system),
    dictionary,
    whole(pickle.list(...sorted.map(([key]) => pickle.text(key)))),
    ...sorted.flatMap(([, count, bytes]) => {
      const length = Buffer.alloc(8);
      length.writeBigInt64LE(BigInt(count));
      return [length, bytes];
    }),
  ]);
}

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** A zip file of uncompressed entries, each `[name, bytes]`. */
export function zipFile(entries) {
  const parts = [];
  const directory = [];
  let at = 0;
  for (const [name, bytes] of entries) {
    const nameBytes = Buffer.from(name);
    // PyTorch pads the local header's extra field so that data begin at a multiple of 64.
    const extra = (64 - ((at + 30 + nameBytes.length + 4) % 64)) % 64;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.from(common);
    local.writeUInt16LE(extra + 4, 24);
    const padding = Buffer.alloc(extra + 4, "Z");
    padding.write("FB");
    padding.writeUInt16LE(extra, 2);
    parts.push(Buffer.from("PK\x03\x04"), local, nameBytes, padding, bytes);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.from("PK\x01\x02"), Buffer.of(20, 0), common, tail, nameBytes);
    at += 30 + nameBytes.length + extra + 4 + bytes.length;
  }
  const directoryBytes = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directoryBytes.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, directoryBytes, Buffer.from("PK\x05\x06"), end]);
}

/** A tar file of entries `{ name, bytes, kind }`; `kind` is tar's type flag, default `0` for a file. */
export function tarFile(entries) {
  const parts = entries.flatMap(({ name, bytes = Buffer.alloc(0), kind = "0" }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write("0000644\0", 100);
    header.write("0000000\0", 108);
    header.write("0000000\0", 116);
    header.write(`${bytes.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("00000000000\0", 136);
    header.write("        ", 148);
    header.write(kind, 156);
    header.write("ustar\0", 257);
    header.write("00", 263);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** The configuration of an AllenNLP archive like SPECTER's. */
export function archiveConfig({ hidden = 64, averaged = true, words = 512 } = {}) {
  const vocabulary = "data/vocab.txt";
  return {
    dataset_reader: {
      type: "specter_data_reader_pickled",
      concat_title_abstract: true,
      max_sequence_length: words,
      token_indexers: { bert: { type: "bert-pretrained", do_lowercase: true, pretrained_model: vocabulary } },
      word_splitter: "bert-basic",
    },
    model: {
      type: "specter",
      title_encoder: { type: "boe", embedding_dim: hidden, averaged },
      abstract_encoder: { type: "boe", embedding_dim: hidden, averaged },
      text_field_embedder: { token_embedders: { bert: { type: "bert-pretrained", requires_grad: "all" } } },
    },
  };
}

/** An archive's weights: the encoder under AllenNLP's names, and a mix of the layers that is not the plain mean. */
export function archiveTensors(encoder, layers = 3) {
  const at = "text_field_embedder.token_embedder_bert";
  const scalar = (value) => ({ shape: [1], data: Float32Array.of(value) });
  return new Map([
    ...[...encoder].map(([name, tensor]) => [`${at}.bert_model.${name}`, tensor]),
    ...Array.from({ length: layers }, (_, layer) => [
      `${at}._scalar_mix.scalar_parameters.${layer}`,
      scalar(0.4 * layer - 0.3),
    ]),
    [`${at}._scalar_mix.gamma`, scalar(1.3)],
    ["layer_norm.gamma", scalar(1)],
  ]);
}

/** A metadata file of papers whose text is drawn from the vocabulary's words. */
export function tinyPapers(count, seed = 1) {
  const next = uniform(seed);
  const known = words.split(" ");
  const draw = (length) => Array.from({ length }, () => known[Math.floor(next() * known.length)]).join(" ");
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const id = `paper${String(index).padStart(2, "0")}`;
      return [
        id,
        { paper_id: id, title: draw(4 + Math.floor(next() * 5)), abstract: draw(10 + Math.floor(next() * 60)) },
      ];
    }),
  );
}

/** Writes the three forms below `folder`, and papers to embed with them. */
export function writeTinyCheckpoints(folder, { seed = 1 } = {}) {
  const tokens = tinyVocabulary();
  const sizes = { vocabulary: tokens.length, seed };
  const encoder = randomBert(sizes);
  const config = JSON.stringify(bertConfig(sizes), null, 1);
  const vocabulary = `${tokens.join("\n")}\n`;
  const write = (path, content) => {
    const file = join(folder, path);
    mkdirSync(resolve(file, ".."), { recursive: true });
    writeFileSync(file, content);
  };
  const weights = {
    hf: ["pytorch_model.bin", torchZipFile(encoder)],
    "hf-safetensors": ["model.safetensors", safetensorsFile(encoder)],
  };
  for (const [form, [name, bytes]] of Object.entries(weights)) {
    write(`${form}/${name}`, bytes);
    write(`${form}/config.json`, config);
    write(`${form}/vocab.txt`, vocabulary);
    write(`${form}/tokenizer_config.json`, JSON.stringify({ do_lower_case: true, model_max_length: 512 }));
  }
  const archive = tarFile([
    { name: "config.json", bytes: Buffer.from(JSON.stringify(archiveConfig())) },
    { name: "weights.th", bytes: torchLegacyFile(archiveTensors(encoder)) },
    { name: "vocabulary/non_padded_namespaces.txt", bytes: Buffer.from("*labels\n") },
  ]);
  write("original/model.tar.gz", gzipSync(archive, { level: 1 }));
  write("papers.json", JSON.stringify(tinyPapers(40), null, 1));
  write("original/vocab.txt", vocabulary);
  write("original/bert_config.json", config);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2];
  if (folder === undefined) {
    console.error("usage: node scripts/tinyCheckpoints.mjs DIR");
    process.exitCode = 2;
  } else {
    writeTinyCheckpoints(folder);
    console.log(`${folder}: hf, hf-safetensors, original and papers.json`);
  }
}
