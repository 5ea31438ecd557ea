import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runScidocs } from "../cli/runScidocs.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { lastOfEach, tinyFlags, writeTinyTraining } from "../training/tinyTraining.ts";

const mini = join(import.meta.dirname, "../../datasets/mini");

/**
 * Every command that writes, with the files that it is to write below `out/` and some of those that it reads: the first are made links to the
 * second and to each other, and the command must refuse, with nothing changed.
 */
const commands: readonly {
  readonly words: readonly string[];
  readonly writes: readonly string[];
  readonly reads: readonly string[];
}[] = [
  {
    words: [
      "embed",
      "-m",
      "model/x.onnx",
      "--papers",
      "papers.json",
      "--ids",
      "some.ids",
      "-o",
      "out/v.npy",
      "--store",
      "s.vectors",
    ],
    writes: ["out/v.npy", "out/v.ids.json"],
    reads: ["model/x.onnx", "model/config.json", "model/vocab.txt", "papers.json", "some.ids", "s.vectors"],
  },
  {
    words: [
      "score",
      "--data",
      "data",
      "--user-citation",
      "uc.npy",
      "-t",
      "cite",
      "--force",
      "-o",
      "out/r.json",
      "--export-runs",
      "out",
    ],
    writes: ["out/r.json", "out/cite.test.run", "out/cite.test.qrel"],
    reads: ["uc.npy", "uc.ids.json", "data/cite/test.qrel", "data/paper_metadata_view_cite_read.json"],
  },
  {
    words: ["graph", "--papers", "cited.json", "--exclude", "data", "-o", "out"],
    writes: ["data.json", "train.txt", "val.txt", "test.txt", "metadata.json", "graph.json"].map(
      (name) => `out/${name}`,
    ),
    reads: ["cited.json", "data/cite/val.qrel"],
  },
  {
    words: ["triplets", "--data-dir", "graph", "--outdir", "out"],
    writes: ["train.jsonl", "val.jsonl", "papers.json", "triplets.json"].map((name) => `out/data-${name}`),
    reads: ["graph/data.json", "graph/train.txt", "graph/metadata.json", "graph/graph.json"],
  },
  {
    words: lastOfEach(["train", ...tinyFlags, "--epochs", "1", "-o", "out"]),
    writes: ["out/curves.csv", "out/events.out.tfevents.0000000000.scidocs"],
    reads: ["vocab.txt", "train.jsonl", "dev.jsonl", "papers.json"],
  },
  {
    words: ["export", "--checkpoint", "trained/best", "-o", "out/x.onnx"],
    writes: ["out/x.onnx"],
    reads: ["trained/best/model.safetensors", "trained/best/config.json", "trained/best/vocab.txt"],
  },
  { words: ["report", "trained", "-o", "out/r.html"], writes: ["out/r.html"], reads: ["trained/curves.csv"] },
  { words: ["report", "r.json", "-o", "out/r.html"], writes: ["out/r.html"], reads: ["r.json"] },
  {
    words: ["gate", "r.json", "--baseline", "b.json", "--max-drop", "100", "--junit", "out/j.xml"],
    writes: ["out/j.xml"],
    reads: ["r.json", "b.json"],
  },
  {
    words: ["store", "merge", "s.vectors", "-o", "out/all.vectors"],
    writes: ["out/all.vectors"],
    reads: ["s.vectors"],
  },
];

let made: string;

/** All that the commands read, made by the program itself. */
beforeAll(() => {
  made = mkdtempSync(join(tmpdir(), "scidocs-test-"));
  const run = (...words: string[]): void => {
    const { exitCode, stderr } = runScidocs(made, words);
    expect({ words, exitCode, stderr }).toMatchObject({ exitCode: 0 });
  };
  writeTinyTraining(made);
  cpSync(mini, join(made, "data"), { recursive: true });
  const cited = Array.from({ length: 12 }, (_, index) => [
    `c${index}`,
    { title: `T ${index}`, abstract: "A", references: [`c${(index + 1) % 12}`, `c${(index + 5) % 12}`], cited_by: [] },
  ]);
  writeFileSync(join(made, "cited.json"), JSON.stringify(Object.fromEntries(cited)));
  writeFileSync(join(made, "some.ids"), "t0-0\nt1-1\n");
  run("graph", "--papers", "cited.json", "-o", "graph");
  run(...lastOfEach(["train", ...tinyFlags, "--epochs", "1", "-o", "trained"]));
  run("export", "--checkpoint", "trained/best", "-o", "model/x.onnx");
  run("embed", "-m", "model/x.onnx", "--papers", "papers.json", "-o", "v.npy", "--store", "stores");
  run("store", "merge", "stores", "-o", "s.vectors");
  run("embed", "-m", "mini", "--papers", "data/paper_metadata_view_cite_read.json", "-o", "uc.npy", "--no-store");
  run("score", "--data", "data", "--user-citation", "uc.npy", "-t", "cite", "-o", "r.json");
  run("baseline", "random", "--data", "data", "-t", "cite", "-o", "b.json");
});

afterAll(() => rmSync(made, { recursive: true, force: true }));

/** SHA-256 of every file below a folder, links followed. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const files = names.filter((name) => existsSync(join(folder, name)) && statSync(join(folder, name)).isFile());
  return Object.fromEntries(
    files.map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
    ]),
  );
}

describe.each(commands)("scidocs $words.0 $words.1 $words.2", ({ words, writes, reads }) => {
  it("refuses each of its outputs that is one of its inputs, or another output, and changes nothing", () => {
    const folder = join(temporaryFolder(), "copy");
    cpSync(made, folder, { recursive: true });
    const before = contents(folder);
    for (const [index, output] of writes.entries()) {
      // One output with every input, every other output with one: what is compared is compared of all together.
      const inputs = index === 0 ? reads : [reads[index % reads.length] ?? ""];
      const others = writes.length === 1 ? [] : [writes[(index + 1) % writes.length] ?? ""];
      for (const target of [...inputs, ...others]) {
        mkdirSync(dirname(join(folder, output)), { recursive: true });
        symlinkSync(join(folder, target), join(folder, output));
        const { exitCode, stderr } = runScidocs(folder, words);
        expect({ output, target, exitCode, stderr }).toMatchObject({ exitCode: 2 });
        rmSync(join(folder, output));
        expect({ output, target, after: contents(folder) }).toEqual({ output, target, after: before });
        rmSync(join(folder, "out"), { recursive: true, force: true });
        rmSync(join(folder, ".cache"), { recursive: true, force: true });
      }
    }
  });
});
