import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { removeTraining } from "../../src/training/checkpoints/checkpointFolder.ts";
import { refuseInputsWithin, requireOwnFolder } from "../../src/training/checkpoints/ownFolder.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

it.each([
  ["another program's checkpoint", "checkpoint-500", { "checkpoint-500/pytorch_model.bin": "weights" }],
  ["a folder called best", "best", { "best/notes.txt": "mine" }],
  ["a file called best", "best", { best: "mine" }],
  ["somebody's curves", "curves.csv", { "curves.csv": "epoch,loss\n1,2\n" }],
])("a training leaves alone %s, and says so before it begins", async (_what, name, files) => {
  const folder = folderWith(files);
  expect(() => requireOwnFolder(folder)).toThrow(`${join(folder, name)}: a training would replace or remove it`);
  await expect(removeTraining(folder)).rejects.toThrow("none of this program has written it");
  for (const [file, text] of Object.entries(files)) expect(readFileSync(join(folder, file), "utf8")).toBe(text);
});

it.skipIf(process.platform === "win32")("a link called best is not replaced", () => {
  const folder = folderWith({ "elsewhere/training.json": "{}" });
  symlinkSync("elsewhere", join(folder, "best"));
  expect(() => requireOwnFolder(folder)).toThrow("best: a training would replace");
});

it("nothing is read from where a training writes: it would be lost", () => {
  const folder = folderWith({
    "out/best/config.json": "",
    "out/checkpoint-00000003/a": "",
    "out/data/t.jsonl": "",
    best: "",
  });
  const out = join(folder, "out");
  for (const path of ["out/best", "out/best/config.json", "out/checkpoint-00000003"]) {
    expect(() => refuseInputsWithin(out, { "--init": join(folder, path) })).toThrow(
      `--init ${join(folder, path)}: lies in ${out}, where the training would replace or remove it`,
    );
  }
  const others = { "--init": "random:layers=2", "--vocab": undefined, "--papers": join(folder, "best") };
  refuseInputsWithin(out, { ...others, "--triplets": join(out, "data"), "--train-path": join(out, "data/t.jsonl") });
  refuseInputsWithin(join(folder, "new"), { "--init": join(out, "best") });
});

it.skipIf(process.platform === "win32")("nor through a link", () => {
  const folder = folderWith({ "out/best/config.json": "" });
  symlinkSync("out/best", join(folder, "start"));
  symlinkSync("out", join(folder, "same"));
  expect(() => refuseInputsWithin(join(folder, "same"), { "--init": join(folder, "start") })).toThrow("lies in");
});

it("a file in place of the folder is told", () => {
  expect(() => requireOwnFolder(join(folderWith({ out: "" }), "out"))).toThrow("out: is no folder");
});

it("what a training has left, whole or damaged, is its own", async () => {
  const folder = folderWith({
    "checkpoint-00000003/state.json": "{",
    "checkpoint-00000003.2/optimizer.safetensors": "",
    "best/training.json": "{}",
    "curves.csv": "step,na",
    "notes.txt": "anything else",
  });
  mkdirSync(join(folder, "checkpoint-00000004"));
  requireOwnFolder(folder);
  requireOwnFolder(join(folder, "not/there"));
  await removeTraining(folder);
  expect(existsSync(join(folder, "best"))).toBe(false);
  expect(existsSync(join(folder, "checkpoint-00000003"))).toBe(false);
  expect(readFileSync(join(folder, "notes.txt"), "utf8")).toBe("anything else");
});
