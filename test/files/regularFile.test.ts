import { appendFileSync, utimesSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { readRegularBytes } from "../../src/files/regularFile.ts";
import { readTextFile } from "../../src/files/textFile.ts";
import { curvesHeader, readCurves } from "../../src/training/curves/curveTable.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";

/** Lets something happen to a file between the opening and the reading of each file that is read from now on. */
async function whileRead(change: () => void): Promise<void> {
  const handle = await open(import.meta.filename);
  const prototype: { readFile: (...words: unknown[]) => unknown } = Object.getPrototypeOf(handle);
  await handle.close();
  const { readFile } = prototype;
  vi.spyOn(prototype, "readFile").mockImplementation(function (this: unknown, ...words) {
    change();
    return Reflect.apply(readFile, this, words);
  });
}

describe("a file that is read whole", () => {
  it.each([
    ["grows", (file: string) => appendFileSync(file, "c\n")],
    ["is written anew", (file: string) => writeFileSync(file, "x\n")],
  ])("is refused when it %s meanwhile", async (_what, change) => {
    const file = join(temporaryFolder({ ids: "a\nb\n" }), "ids");
    expect(await readTextFile(file)).toBe("a\nb\n");
    utimesSync(file, 5, 5);
    await whileRead(() => change(file));
    const message = `${file}: has changed while it was read; run again when nothing writes to it`;
    await expect(readTextFile(file)).rejects.toThrow(message);
    utimesSync(file, 5, 5);
    await expect(readRegularBytes(file)).rejects.toThrow(message);
    vi.restoreAllMocks();
    await expect(readTextFile(file)).resolves.toMatch(/\n$/);
  });

  it("may grow where it is known to, as the curves of a training that goes on", async () => {
    const file = join(temporaryFolder({ curves: `${curvesHeader}1,loss,2,3.000\n` }), "curves");
    await whileRead(() => appendFileSync(file, "2,loss,1,"));
    expect(await readCurves(file)).toEqual([{ name: "loss", steps: [1], values: [2] }]);
    vi.restoreAllMocks();
    await whileRead(() => writeFileSync(file, curvesHeader));
    await expect(readCurves(file)).rejects.toThrow("has changed while it was read");
    vi.restoreAllMocks();
  });
});
