import { execFileSync } from "node:child_process";
import { cpSync, existsSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeTinyCheckpoints } from "../../scripts/tinyCheckpoints.mjs";
import { runScidocs } from "../cli/runScidocs.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { tinyPapers } from "../encoders/tinyEncoder.ts";
import { lastOfEach, tinyFlags, writeTinyTraining } from "../training/tinyTraining.ts";
import { watchedRun } from "./watchedRun.ts";

// What has a file's name and is none: pipes that nobody writes to, devices without end, what another user owns. Each is refused at once.

const mini = join(import.meta.dirname, "../../models/mini");
const data = join(import.meta.dirname, "../../datasets/mini");

/** A folder with one of everything that a command may be given. */
function everything(): string {
  const folder = temporaryFolder();
  cpSync(mini, join(folder, "model"), { recursive: true });
  cpSync(data, join(folder, "data"), { recursive: true });
  writeTinyCheckpoints(folder, { seed: 1 });
  writeTinyTraining(join(folder, "training"));
  const papers = tinyPapers(5).map((paper) => [paper.id, { paper_id: paper.id, ...paper }]);
  writeFileSync(join(folder, "papers.json"), JSON.stringify(Object.fromEntries(papers)));
  writeFileSync(join(folder, "ids.txt"), `${papers[0]?.[0]}\n`);
  const inHome = (name: string): string[] =>
    tinyFlags.map((flag) => (/\.(jsonl|json|txt)$/.test(flag) ? join(name, flag) : flag));
  expect(
    runScidocs(folder, ["run", "--model", "model", "--data", "data", "--tasks", "cite", "-o", "r.json", "--no-store"])
      .exitCode,
  ).toBe(0);
  expect(
    runScidocs(folder, lastOfEach(["train", ...inHome("training"), "--epochs", "1", "-o", "trained"])).exitCode,
  ).toBe(0);
  return folder;
}

const embed = (model: string, ...more: string[]): string =>
  `embed --model ${model} --papers papers.json --no-store -o v.npy ${more.join(" ")}`;
const train = (): string =>
  lastOfEach([
    "train",
    ...tinyFlags.map((flag) => (/\.(jsonl|json|txt)$/.test(flag) ? join("training", flag) : flag)),
    ..."--epochs 1 -o again".split(" "),
  ]).join(" ");

const cases: readonly (readonly [file: string, args: string])[] = [
  ...["config.json", "tokenizer.json", "tokenizer_config.json", "model.onnx"].map(
    (name) => [`model/${name}`, embed("model")] as const,
  ),
  ["model/vocab.txt", embed("model/model.onnx", "--vocab model/vocab.txt")],
  ...["config.json", "vocab.txt", "pytorch_model.bin"].map((name) => [`hf/${name}`, embed("hf")] as const),
  ["hf/config.json", "export --checkpoint hf -o m.onnx"],
  ["hf/vocab.txt", "export --checkpoint hf -o m.onnx"],
  ["original/model.tar.gz", embed("original/model.tar.gz")],
  ["papers.json", embed("model")],
  ["ids.txt", embed("model", "--ids ids.txt")],
  ["r.json", "table r.json"],
  ["r.json", "report r.json"],
  ["r.json", "gate r.json --min Avg=1"],
  ["scidocs.config.json", "gate r.json"],
  ["scidocs.config.json", "run"],
  ["data/cite/test.qrel", "run --model model --data data --tasks cite --no-store -o n.json"],
  ["data/paper_metadata_view_cite_read.json", "run --model model --data data --tasks cite --no-store -o n.json"],
  ["data/class-names.json", "run --model model --data data --tasks cite --no-store -o n.json"],
  ["data/mag/train.csv", "data check --data data"],
  ["data/.scidocs-pull.lock", "data pull --from http://127.0.0.1:9 --data data"],
  ["training/vocab.txt", train()],
  ["training/train.jsonl", train()],
  ["training/papers.json", train()],
  ["trained/training.json", "report trained"],
  ["trained/best/training.json", "report trained"],
  ["trained/best/config.json", embed("trained/best")],
  ["trained/curves.csv", "report trained"],
  ["row.json", "reproduce --no-pull --data data --row row.json"],
];

describe.skipIf(process.platform === "win32")("what is no file", () => {
  it("is refused at once in place of any file, pipe or device, and nothing waits for it", async () => {
    const folder = everything();
    for (const kind of ["pipe", "device"] as const) {
      // The same opening refuses both: a third of the devices will do.
      for (const [file, args] of cases.filter((_, index) => kind === "pipe" || index % 3 === 0)) {
        const path = join(folder, file);
        const kept = existsSync(path) ? `${path}.kept` : null;
        if (kept !== null) cpSync(path, kept);
        rmSync(path, { force: true });
        if (kind === "pipe") execFileSync("mkfifo", [path]);
        else symlinkSync("/dev/zero", path);
        const { exitCode, stderr, peakBytes } = await watchedRun(folder, args.trim().split(/ +/));
        const what = `${kind} ${file}: scidocs ${args}: ${stderr}`;
        // A broken file is a finding of `data check`, which then ends with 3.
        expect([2, 3], what).toContain(exitCode);
        expect(stderr, what).not.toMatch(/this is a bug|^ +at /m);
        if (peakBytes !== null) expect(peakBytes, what).toBeLessThan(600e6);
        rmSync(path);
        if (kept !== null) {
          cpSync(kept, path);
          rmSync(kept);
        }
      }
    }
  });
});
