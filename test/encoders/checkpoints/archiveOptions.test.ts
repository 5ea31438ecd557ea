import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  archiveConfig,
  archiveTensors,
  bertConfig,
  randomBert,
  tarFile,
  tinyVocabulary,
  torchLegacyFile,
} from "../../../scripts/tinyCheckpoints.mjs";
import { exportCheckpoint } from "../../../src/encoders/checkpoints/exportCheckpoint.ts";
import type { EncoderOptions } from "../../../src/encoders/encoder.ts";
import { resolveEncoder } from "../../../src/encoders/resolveEncoder.ts";
import { paperEncoder } from "../../../src/encoders/text/recipes.ts";
import { openTokenizer } from "../../../src/encoders/text/tokenizer.ts";
import { planTraining } from "../../../src/training/planTraining.ts";
import { hasShared, sharedPath } from "../../shared.ts";
import { lastingFolder } from "./lastingFolder.ts";

const scratch = lastingFolder();
const cacheDir = lastingFolder();
const tokens = [...tinyVocabulary(), "RNA", "Model"];

interface Config {
  dataset_reader: Record<string, unknown> & { token_indexers: { bert: Record<string, unknown> } };
  model: Record<string, unknown>;
}

/** An archive whose configuration says something else. */
function archive(change: (config: Config) => void): string {
  const config = archiveConfig() as unknown as Config;
  change(config);
  const sizes = { vocabulary: tokens.length, layers: 1 };
  const tar = tarFile([
    { name: "config.json", bytes: Buffer.from(JSON.stringify(config)) },
    { name: "weights.th", bytes: torchLegacyFile(archiveTensors(randomBert(sizes), 1)) },
  ]);
  const folder = mkdtempSync(join(scratch, "archive-"));
  writeFileSync(join(folder, "model.tar.gz"), gzipSync(tar, { level: 1 }));
  writeFileSync(join(folder, "vocab.txt"), tokens.join("\n"));
  writeFileSync(join(folder, "bert_config.json"), JSON.stringify(bertConfig(sizes)));
  return join(folder, "model.tar.gz");
}

const paper = { title: "Deep RNA Model", abstract: "learning" };

async function read(path: string, options: EncoderOptions = {}) {
  const encoder = await resolveEncoder(path, { cacheDir, ...options });
  const encode = paperEncoder(encoder.recipe, openTokenizer(encoder.tokenizer), encoder.maxLength);
  const { ids, positions } = encode(paper);
  return { encoder, positions, text: ids.map((id) => tokens[id] ?? "?").join(" ") };
}

describe("an AllenNLP archive's options", () => {
  it("are the published SPECTER's as a rule: lower case, last pieces, 512 pieces", async () => {
    const { text, encoder } = await read(archive(() => {}));
    expect(text).toBe("[CLS] d ##e ##e ##p r ##n ##a model . [SEP] learning [SEP]");
    expect(encoder.maxLength).toBe(512);
  });

  it("keep the case where neither splitter nor indexer lowers", async () => {
    const cased = archive((config) => {
      config.dataset_reader.word_splitter = { type: "bert-basic", do_lower_case: false };
      config.dataset_reader.token_indexers.bert.do_lowercase = false;
    });
    expect((await read(cased)).text).toBe("[CLS] [UNK] RNA Model . [SEP] learning [SEP]");
    const half = archive((config) => {
      config.dataset_reader.word_splitter = { type: "bert-basic", do_lower_case: false };
    });
    expect((await read(half)).text).toBe("[CLS] d ##e ##e ##p r ##n ##a model . [SEP] learning [SEP]");
  });

  it("keep the case with the recipes of Hugging Face's kind too, from the cache again and in an export", async () => {
    const cased = archive((config) => {
      config.dataset_reader.word_splitter = { type: "bert-basic", do_lower_case: false };
      config.dataset_reader.token_indexers.bert.do_lowercase = false;
    });
    for (const options of [
      { recipe: "hf" },
      { recipe: "hf" },
      { recipe: "hf-space" },
      { text: "{title} {abstract}" },
    ]) {
      expect((await read(cased, options)).text).toMatch(/^\[CLS\] \[UNK\] RNA Model (\[SEP\] )?learning \[SEP\]$/);
    }
    const plain = archive(() => {});
    expect((await read(plain, { recipe: "hf" })).text).toMatch(/r ##n ##a model \[SEP\] learning/);
    const exported = join(mkdtempSync(join(scratch, "export-")), "model.onnx");
    await exportCheckpoint(cased, exported, { recipe: "hf" });
    expect((await read(exported)).text).toBe("[CLS] [UNK] RNA Model [SEP] learning [SEP]");
  });

  it("are refused as the start of a training that would lower the words or take their last pieces", async () => {
    const trainFile = join(scratch, "train.jsonl");
    writeFileSync(trainFile, "");
    const begin = (path: string, preset: string): Promise<string> =>
      planTraining({ init: path, trainFile, papersFile: trainFile, output: join(scratch, "out"), preset }).then(
        () => "",
        (error: Error) => error.message,
      );
    const cased = archive((config) => {
      config.dataset_reader.word_splitter = { type: "bert-basic", do_lower_case: false };
      config.dataset_reader.token_indexers.bert.do_lowercase = false;
    });
    const first = archive((config) => {
      config.dataset_reader.token_indexers.bert.use_starting_offsets = true;
    });
    expect(await begin(cased, "hf")).toMatch(/--init .*model\.tar\.gz: .*words keep their case/);
    expect(await begin(cased, "original")).toMatch(/words keep their case/);
    expect(await begin(first, "original")).toMatch(/a word stands at its first piece/);
    expect(await begin(first, "hf")).not.toMatch(/first piece/);
  });

  it("point at first pieces, and limit the pieces", async () => {
    const plain = await read(archive(() => {}));
    const first = await read(
      archive((config) => {
        config.dataset_reader.token_indexers.bert.use_starting_offsets = true;
      }),
    );
    expect(plain.positions).toEqual([4, 7, 8, 9, 10, 11]);
    expect(first.positions).toEqual([1, 5, 8, 9, 10, 11]);
    expect(first.text).toBe(plain.text);
    expect(first.encoder.fingerprint).not.toBe(plain.encoder.fingerprint);
    const few = await read(
      archive((config) => {
        config.dataset_reader.token_indexers.bert.max_pieces = 9;
      }),
    );
    expect(few.encoder.maxLength).toBe(9);
    expect(few.text).toBe("[CLS] d ##e ##e ##p r ##n ##a [SEP]");
  });

  it.each([
    ["included_text_fields", "title"],
    ["word_splitter", "spacy"],
  ])("are refused where they are not built: %s %s", async (key, value) => {
    const other = archive((config) => {
      config.dataset_reader[key] = value;
    });
    await expect(read(other)).rejects.toThrow(`${key} is "${value}"`);
    expect((await read(other, { recipe: "hf" })).encoder.recipe.recipe).toBe("hf");
  });

  it("are refused for a venue and for long texts in windows", async () => {
    await expect(
      read(
        archive((config) => {
          config.model.include_venue = true;
        }),
      ),
    ).rejects.toThrow("include_venue is true");
    const windows = archive((config) => {
      config.dataset_reader.token_indexers.bert.truncate_long_sequences = false;
    });
    await expect(read(windows)).rejects.toThrow("truncate_long_sequences is false");
    const both = archive((config) => {
      config.dataset_reader.included_text_fields = "abstract title";
    });
    expect((await read(both)).text).toMatch(/learning/);
  });
});

describe.skipIf(!hasShared)("archives whose options were passed over", () => {
  const place = sharedPath("cases/archive-options-ignored");
  const vocabulary = (name: string) => readFileSync(join(place, name, "vocab.txt"), "utf8").split("\n");
  const ids = async (name: string) => {
    const encoder = await resolveEncoder(join(place, name, "model.tar.gz"), { cacheDir });
    const encode = paperEncoder(encoder.recipe, openTokenizer(encoder.tokenizer), encoder.maxLength);
    const [text] = Object.values(JSON.parse(readFileSync(join(place, "papers.json"), "utf8"))) as [typeof paper];
    return { ...encode(text), fingerprint: encoder.fingerprint };
  };

  it("are honoured or refused, each", async () => {
    const plain = await ids("plain");
    const others = await Promise.all(["cased", "starting-offsets", "max-pieces"].map(ids));
    expect(new Set([plain, ...others].map(({ fingerprint }) => fingerprint)).size).toBe(4);
    // Every word of the paper is one piece, so that first and last pieces are the same.
    expect(new Set([plain, ...others].map(({ ids: tokenIds }) => tokenIds.join())).size).toBe(3);
    expect(others[1]?.positions).toEqual(plain.positions);
    expect(vocabulary("plain").length).toBeGreaterThan(10);
    expect(others[2]?.ids.length).toBe(6);
    for (const name of ["title-only", "venue"])
      await expect(ids(name)).rejects.toThrow(/asks for what the recipe original does not do/);
  });
});
