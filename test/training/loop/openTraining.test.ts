import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openTraining } from "../../../src/training/loop/openTraining.ts";
import { settleTraining } from "../../../src/training/settleTraining.ts";
import { openStart } from "../../../src/training/start/openStart.ts";
import { temporaryFolder } from "../../datasets/temporaryFolder.ts";
import { writeTinyTraining } from "../tinyTraining.ts";

it.each(["train.jsonl", "dev.jsonl", "papers.json", "vocab.txt"])(
  "a training whose %s changes while it is opened does not begin",
  async (changing) => {
    const folder = temporaryFolder();
    writeTinyTraining(folder, 4);
    const [init, vocab] = ["random:layers=1,hidden=8,heads=2,positions=32", join(folder, "vocab.txt")];
    const job = await settleTraining(
      {
        ...{ init, vocab, output: join(folder, "out"), threads: 1 },
        ...{ trainFile: join(folder, "train.jsonl"), devFile: join(folder, "dev.jsonl") },
        papersFile: join(folder, "papers.json"),
      },
      await openStart(init, vocab, 1, folder),
    );
    // Every reader asks now and then whether it is to stop: the file changes the first time that one does.
    const { signal } = new AbortController();
    let isChanged = false;
    Object.defineProperty(signal, "aborted", {
      get: () => {
        if (!isChanged) appendFileSync(join(folder, changing), "\n");
        isChanged = true;
        return false;
      },
    });
    await expect(openTraining(job, join(folder, "scratch"), { signal })).rejects.toThrow(
      `${join(folder, changing)}: has changed while it was read; run again when nothing writes to it`,
    );
    expect(isChanged).toBe(true);
  },
);
