import { join } from "node:path";
import { describe, it } from "vitest";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { otherKinds, writeOtherKind } from "./otherKinds.ts";
import { expectSameWhenStopped } from "./tinyJob.ts";
import { writeTinyTraining } from "./tinyTraining.ts";

describe("a training that is stopped again and again", () => {
  it("ends with the bytes of one that is not: preset original", async () => {
    await expectSameWhenStopped(temporaryFolder(), { preset: "original", warmup: 0 });
  });

  it.each(Object.keys(otherKinds))("ends with the bytes of one that is not: %s", async (name) => {
    const folder = temporaryFolder();
    writeTinyTraining(folder, 20);
    writeOtherKind(folder, name);
    await expectSameWhenStopped(folder, { init: join(folder, "start"), vocab: join(folder, "start/vocab.txt") });
  });
});
