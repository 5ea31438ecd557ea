import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeTinyCheckpoints } from "../../../scripts/tinyCheckpoints.mjs";
import { openTokenizer } from "../../../src/encoders/text/tokenizer.ts";
import { findTokenizer } from "../../../src/encoders/text/tokenizerFiles.ts";
import { openStart } from "../../../src/training/start/openStart.ts";
import { lastingFolder } from "../../encoders/checkpoints/lastingFolder.ts";

const scratch = lastingFolder();
const words = [..."[PAD] [UNK] [CLS] [SEP] [MASK] Deep deep Model model a study".split(" ")];
const text = "Deep model NEW Study";

/** A folder with a cased vocabulary and a token of its own, or with something else. */
function folderOf(files: Readonly<Record<string, unknown>> = {}): string {
  const folder = mkdtempSync(join(scratch, "v-"));
  const all = {
    "vocab.txt": words.join("\n"),
    "tokenizer_config.json": { do_lower_case: false, tokenizer_class: "BertTokenizer" },
    "added_tokens.json": { NEW: words.length },
    ...files,
  };
  for (const [name, content] of Object.entries(all)) {
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

/** The ids that a training makes of the text, and those that its model will make, of the files that come out. */
async function idsOf(init: string, vocab: string | undefined): Promise<[trained: number[], used: number[]]> {
  const start = await openStart(init, vocab, 0, mkdtempSync(join(scratch, "s-")));
  const out = join(mkdtempSync(join(scratch, "o-")), "best");
  mkdirSync(out);
  writeFileSync(join(out, "config.json"), start.configText);
  for (const { name, bytes } of start.tokenizerFiles) writeFileSync(join(out, name), bytes);
  const found = findTokenizer(out);
  if (found === null) throw new RangeError("no tokenizer came out");
  return [openTokenizer(start.tokenizer).pieces(text), openTokenizer(found).pieces(text)];
}

it("texts are tokenized by what lies beside a vocabulary that is named, in a training as with the model that comes out", async () => {
  const cased = [5, 8, 11, 1];
  expect(await idsOf("random:layers=1,hidden=64", folderOf())).toEqual([cased, cased]);
  const lowered = [6, 8, 1, 10];
  const bare = folderOf({ "tokenizer_config.json": {}, "added_tokens.json": {} });
  expect(await idsOf("random:layers=1,hidden=64", bare)).toEqual([lowered, lowered]);
  writeTinyCheckpoints(scratch);
  expect(await idsOf(join(scratch, "hf"), folderOf())).toEqual([cased, cased]);
});

it("a vocabulary that is named in the model's own folder is not read behind another one that lies there", async () => {
  writeTinyCheckpoints(scratch);
  const named = join(scratch, "hf", "words.txt");
  writeFileSync(named, words.join("\n"));
  const [trained, used] = await idsOf(join(scratch, "hf"), named);
  expect(trained).toEqual([6, 8, 1, 10]);
  expect(used).toEqual(trained);
});
