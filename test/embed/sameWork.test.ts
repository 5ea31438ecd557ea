import { describe, expect, it } from "vitest";
import { planEmbedding } from "../../src/embed/plan.ts";
import { isWorkOfEach } from "../../src/embed/sameWork.ts";
import { jointStore } from "../../src/embed/store/jointStore.ts";
import type { EmbeddingStore, StoredJob } from "../../src/embed/store/store.ts";
import { resolveEncoder } from "../../src/encoders/resolveEncoder.ts";

const batchTokens = 512;
const papers = Array.from({ length: 1500 }, (_, at) => ({
  id: `p${at}`,
  title: `title ${at}`,
  abstract: "word ".repeat(at % 40),
}));
const files = [{ file: "a", papers }];

/** A store in memory. */
function memoryStore(): EmbeddingStore & { readonly vectors: Map<string, Float32Array> } {
  const vectors = new Map<string, Float32Array>();
  const jobs: StoredJob[] = [];
  return {
    vectors,
    folder: "memory",
    jobs,
    has: (key) => vectors.has(key),
    read: (key) => {
      const vector = vectors.get(key);
      return vector === undefined ? null : { vector, truncated: false };
    },
    beginJob: (job) => void jobs.push(job),
    append(entries, block, dimensions) {
      for (const [row, { key }] of entries.entries())
        vectors.set(key, block.slice(row * dimensions, (row + 1) * dimensions));
    },
    refresh: async () => {},
    isShared: () => false,
  };
}

async function planned(stores: [EmbeddingStore, ...EmbeddingStore[]]) {
  return planEmbedding(files, await resolveEncoder("mini"), { batchTokens, store: jointStore(stores) });
}

describe("stores of encoders that embed together", () => {
  it("each get their own part of every vector", () => {
    const [one, two] = [memoryStore(), memoryStore()];
    const store = jointStore([one, two]);
    const entries = ["a", "b"].map((key) => ({ key, paperId: key, truncated: false }));
    store.append(entries, Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), 4);
    expect([...one.vectors.values()].map((row) => [...row])).toEqual([
      [1, 2],
      [5, 6],
    ]);
    expect([...two.vectors.values()].map((row) => [...row])).toEqual([
      [3, 4],
      [7, 8],
    ]);
    expect([store.has("a"), store.has("c")]).toEqual([true, false]);
    two.vectors.delete("a");
    expect(store.has("a")).toBe(false);
    store.beginJob({ batchTokens, windowTexts: 2, keys: ["a"] });
    expect([one.jobs.length, two.jobs.length]).toEqual([1, 1]);
  });
});

describe("isWorkOfEach", () => {
  it("holds for stores that lack the same, also after a kill between two of them", async () => {
    const stores: [ReturnType<typeof memoryStore>, ReturnType<typeof memoryStore>] = [memoryStore(), memoryStore()];
    const plan = await planned(stores);
    expect(plan.newWindows).toHaveLength(3);
    expect(await isWorkOfEach(plan, stores)).toBe(true);
    const keys = plan.newWindows.flatMap(({ texts }) => texts.map(({ key }) => key));
    for (const store of stores) store.beginJob({ batchTokens, windowTexts: 512, keys });
    for (const key of keys.slice(0, 512)) stores[0].vectors.set(key, new Float32Array(1));
    const resumed = await planned(stores);
    expect([resumed.resumedWindows.length, resumed.newWindows.length]).toEqual([3, 0]);
    expect(await isWorkOfEach(resumed, stores)).toBe(true);
  });

  it("does not where one has done its work, or would do it in other windows", async () => {
    const [done, open] = [memoryStore(), memoryStore()];
    const plan = await planned([open]);
    for (const { key } of plan.texts) done.vectors.set(key, new Float32Array(1));
    expect(await isWorkOfEach(await planned([done, open]), [done, open])).toBe(false);
    const otherwise = memoryStore();
    const [first, ...rest] = plan.newWindows.flatMap(({ texts }) => texts.map(({ key }) => key));
    otherwise.beginJob({ batchTokens, windowTexts: 512, keys: [...rest, first ?? ""] });
    expect(await isWorkOfEach(await planned([open, otherwise]), [open, otherwise])).toBe(false);
    expect(await isWorkOfEach(await planned([otherwise, open]), [otherwise, open])).toBe(false);
  });

  it("does not where there is nothing to do", async () => {
    const store = memoryStore();
    const plan = await planned([store]);
    for (const { key } of plan.texts) store.vectors.set(key, new Float32Array(1));
    expect(await isWorkOfEach(await planned([store, store]), [store, store])).toBe(false);
  });
});
