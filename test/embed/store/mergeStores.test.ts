import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mergeStores, storeContents } from "../../../src/embed/store/mergeStores.ts";
import { openVectorStore } from "../../../src/embed/store/store.ts";
import { temporaryFolder } from "../../datasets/temporaryFolder.ts";

const identity = { fingerprint: "ab".repeat(32), settings: { pooling: "cls" } };
const key = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A store with vectors of some texts: [number, number + shift]. */
async function makeStore(place: string, numbers: readonly number[], shift = 0, own = identity): Promise<void> {
  const store = await openVectorStore(place, own);
  store.beginJob({ batchTokens: 512, windowTexts: 512, keys: numbers.map((number) => key(String(number))) });
  for (const number of numbers) {
    const entry = { key: key(String(number)), paperId: `p${number}`, truncated: number % 2 === 1 };
    store.append([entry], Float32Array.of(number, number + shift), 2);
  }
  await store.close();
}

describe("merging stores", () => {
  it("takes each text once, with its bytes, into a file that a store is opened with", async () => {
    const folder = temporaryFolder();
    await makeStore(join(folder, "a"), [1, 2, 3]);
    await makeStore(join(folder, "b"), [3, 4, 5]);
    const target = join(folder, "all.vectors");
    const contents = await mergeStores([join(folder, "a"), join(folder, "b")], target);
    expect(contents).toMatchObject({
      vectors: 5,
      doubles: 1,
      conflicts: [],
      damagedBytes: 0,
      missing: 0,
      truncated: 3,
    });
    const store = await openVectorStore(target, identity);
    expect(store.size).toBe(5);
    for (const number of [1, 2, 3, 4, 5]) {
      expect(store.read(key(String(number)))).toEqual({
        vector: Float32Array.of(number, number),
        truncated: number % 2 === 1,
      });
    }
    await store.close();
    expect((await storeContents(target))[0]).toMatchObject({ vectors: 5, doubles: 0, segments: 1 });
  });

  it("gives the same bytes for the same stores, in whatever order they are named", async () => {
    const folder = temporaryFolder();
    await makeStore(join(folder, "a"), [1, 2]);
    await makeStore(join(folder, "b"), [2, 3], 0.5);
    const paths = [join(folder, "a"), join(folder, "b")];
    const first = await mergeStores(paths, join(folder, "1.vectors"));
    const second = await mergeStores([...paths].reverse(), join(folder, "2.vectors"));
    expect(first.conflicts).toEqual([key("2")]);
    expect(second.conflicts).toEqual([key("2")]);
    const stores = await Promise.all(
      ["1", "2"].map((name) => openVectorStore(join(folder, `${name}.vectors`), identity)),
    );
    const [one, two] = stores.map((store) => [1, 2, 3].map((number) => store.read(key(String(number)))));
    expect(one).toEqual(two);
    for (const store of stores) await store.close();
  });

  it("refuses stores made otherwise, and leaves no file", async () => {
    const folder = temporaryFolder();
    await makeStore(join(folder, "a"), [1]);
    await makeStore(join(folder, "b"), [2], 0, { fingerprint: "cd".repeat(32), settings: { pooling: "mean" } });
    const target = join(folder, "all.vectors");
    await expect(mergeStores([join(folder, "a"), join(folder, "b")], target)).rejects.toThrow(
      /pooling: mean there, cls now/,
    );
    expect(existsSync(target)).toBe(false);
    expect(await storeContents(folder).catch((error: Error) => error.message)).toMatch(/no vectors are stored there/);
  });

  it("says what it cannot read, and takes the rest", async () => {
    const folder = temporaryFolder();
    await makeStore(join(folder, "a"), [1, 2, 3]);
    const [store] = readdirSync(join(folder, "a"));
    const [segment] = readdirSync(join(folder, "a", store!));
    const file = join(folder, "a", store!, segment!);
    const bytes = readFileSync(file);
    const middle = bytes.indexOf(Buffer.from(Float32Array.of(2, 2).buffer));
    bytes[middle] = bytes[middle]! ^ 1;
    writeFileSync(file, bytes);
    const contents = await mergeStores([join(folder, "a")], join(folder, "all.vectors"));
    expect(contents.vectors).toBe(2);
    expect(contents.damagedBytes).toBeGreaterThan(0);
    expect(contents.missing).toBe(1);
  });

  it("refuses a target that is one of the stores, and paths where nothing is", async () => {
    const folder = temporaryFolder({ "text.vectors": "no vectors", "empty/x.txt": "" });
    await makeStore(join(folder, "a"), [1]);
    const target = join(folder, "all.vectors");
    await mergeStores([join(folder, "a")], target);
    await expect(mergeStores([target, join(folder, "a")], target)).rejects.toThrow(/one of the files to be read/);
    await expect(mergeStores([join(folder, "none")], join(folder, "x"))).rejects.toThrow(/none is missing/);
    await expect(mergeStores([join(folder, "empty")], join(folder, "x"))).rejects.toThrow(/no vectors are stored/);
    await expect(mergeStores([join(folder, "text.vectors")], join(folder, "x"))).rejects.toThrow(
      /not a store of vectors/,
    );
  });
});
