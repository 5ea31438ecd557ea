import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { refuseForeignFiles } from "../../src/files/foreignFiles.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";

const ours = '{"format": "scidocs-graph-2"}';

describe("files that a command would replace", () => {
  const names = ["data.json", "train.txt", "graph.json"];
  const check = (there: Readonly<Record<string, string>>): Promise<void> => {
    const folder = temporaryFolder(there);
    return refuseForeignFiles(
      names.map((name) => join(folder, name)),
      { record: join(folder, "graph.json"), first: join(folder, "data.json"), begins: /^\{\n/ },
    );
  };

  it.each([
    [{ "train.txt": "mine" }, /train\.txt: is there already/],
    [{ "data.json": "{}", "train.txt": "mine" }, /data\.json: is there already/],
    [{ "graph.json": "{}" }, /graph\.json: is there already/],
    [{ "data.json": "{}", "graph.json": '{"format": "other"}' }, /data\.json: is there already/],
  ])("are refused where nothing says that this program made them: %o", async (there, message) => {
    await expect(check(there)).rejects.toThrow(message);
  });

  const own: Readonly<Record<string, string>>[] = [
    {},
    { "notes.txt": "mine", "train.txt": "" },
    { "train.txt": "a", "graph.json": ours },
    { "data.json": "{\n}", "train.txt": "a" },
  ];
  it.each(own)("are taken where there are none, or those of an earlier call, which may have been stopped: %o", check);
});
