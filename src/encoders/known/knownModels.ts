import type { EncoderOptions } from "../encoder.ts";

/** How a published encoder is meant to be used, as its makers say. */
export interface KnownModel {
  /** What `--as` takes. */
  readonly name: string;
  /** Where it is published; a folder is recognised by these names. */
  readonly repositories: readonly string[];
  readonly settings: Pick<EncoderOptions, "recipe" | "text" | "prefix" | "pooling" | "normalize" | "maxLength">;
  /** What else a user must know; empty for nothing. */
  readonly note: string;
  /** Where the settings are written down. */
  readonly source: string;
}

/** Title and abstract with a blank between, as MTEB joins a text's title to its body: https://github.com/embeddings-benchmark/mteb. */
const joined = { recipe: "hf-space" } as const;

/** SPECTER's text: title, separator, abstract; its vector the first token. */
const specter = { recipe: "hf", pooling: "cls", normalize: false, maxLength: 512 } as const;

/** Encoders that people hold against SPECTER, and SPECTER itself. To add one, add an entry with its source. */
export const knownModels: readonly KnownModel[] = [
  {
    name: "specter",
    repositories: ["allenai/specter"],
    settings: specter,
    note: "the original archive (model.tar.gz) has the recipe original instead, by itself",
    source: "https://huggingface.co/allenai/specter",
  },
  {
    name: "specter2",
    repositories: ["allenai/specter2_base", "allenai/specter2_aug2023refresh_base"],
    settings: specter,
    note: "with --adapter and the folder of allenai/specter2, which is the adapter for proximity since August 2023, or of another adapter",
    source: "https://huggingface.co/allenai/specter2",
  },
  {
    name: "scincl",
    repositories: ["malteos/scincl"],
    settings: specter,
    note: "",
    source: "https://huggingface.co/malteos/scincl",
  },
  {
    name: "allenai-specter",
    repositories: ["sentence-transformers/allenai-specter"],
    settings: specter,
    note: "SPECTER as a sentence-transformers folder",
    source: "https://huggingface.co/sentence-transformers/allenai-specter",
  },
  {
    name: "minilm",
    repositories: ["sentence-transformers/all-MiniLM-L6-v2"],
    settings: { ...joined, pooling: "mean", normalize: true, maxLength: 256 },
    note: "",
    source: "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
  },
  {
    name: "minilm-l12",
    repositories: ["sentence-transformers/all-MiniLM-L12-v2"],
    settings: { ...joined, pooling: "mean", normalize: true, maxLength: 128 },
    note: "its card speaks of 256 tokens; 128 is what its folder declares",
    source: "https://www.sbert.net/docs/sentence_transformer/pretrained_models.html",
  },
  {
    name: "mpnet",
    repositories: ["sentence-transformers/all-mpnet-base-v2"],
    settings: { ...joined, pooling: "mean", normalize: true, maxLength: 384 },
    note: "",
    source: "https://huggingface.co/sentence-transformers/all-mpnet-base-v2",
  },
  {
    name: "e5",
    repositories: [
      ...["small", "base", "large"].flatMap((size) => [`intfloat/e5-${size}-v2`, `intfloat/e5-${size}`]),
      ...["small", "base", "large"].map((size) => `intfloat/multilingual-e5-${size}`),
    ],
    settings: { ...joined, pooling: "mean", normalize: true, maxLength: 512, prefix: "query: " },
    note: 'its card asks for "query: " in symmetric tasks, for features and for clustering',
    source: "https://huggingface.co/intfloat/e5-base-v2",
  },
  {
    name: "bge",
    repositories: ["small", "base", "large"].map((size) => `BAAI/bge-${size}-en-v1.5`),
    settings: { ...joined, pooling: "cls", normalize: true, maxLength: 512 },
    note: "no instruction before passages",
    source: "https://huggingface.co/BAAI/bge-base-en-v1.5",
  },
  {
    name: "gte",
    repositories: ["small", "base", "large"].map((size) => `thenlper/gte-${size}`),
    settings: { ...joined, pooling: "mean", normalize: true, maxLength: 512 },
    note: "",
    source: "https://huggingface.co/thenlper/gte-base",
  },
  {
    name: "gte-modernbert",
    repositories: ["Alibaba-NLP/gte-modernbert-base"],
    settings: { ...joined, pooling: "cls", normalize: true, maxLength: 8192 },
    note: "its card calls the normalization optional",
    source: "https://huggingface.co/Alibaba-NLP/gte-modernbert-base",
  },
  {
    name: "nomic",
    repositories: ["nomic-ai/nomic-embed-text-v1", "nomic-ai/nomic-embed-text-v1.5"],
    settings: { ...joined, pooling: "mean", normalize: true, prefix: "search_document: " },
    note: 'its card has "clustering: " and "classification: " for those tasks; for --dimensions the card of v1.5 adds a layer norm before the cut, which is not done here',
    source: "https://huggingface.co/nomic-ai/nomic-embed-text-v1.5",
  },
];
