import type { EmbeddingStore } from "./store.ts";

/**
 * Stores of encoders that embed together, as one: a text counts as stored where each has it, and what is appended holds a vector for each,
 * end to end, in their order. Reading gives the first one's vectors.
 */
export function jointStore(stores: readonly [EmbeddingStore, ...EmbeddingStore[]]): EmbeddingStore {
  const [first] = stores;
  return {
    folder: first.folder,
    // A job is the same in each, or is not a job of them together.
    get jobs() {
      return first.jobs;
    },
    has: (key) => stores.every((store) => store.has(key)),
    read: (key) => first.read(key),
    beginJob(job) {
      for (const store of stores) store.beginJob(job);
    },
    append(entries, vectors, dimensions) {
      const width = dimensions / stores.length;
      for (const [part, store] of stores.entries()) {
        const own = new Float32Array(entries.length * width);
        for (const row of entries.keys()) {
          const start = row * dimensions + part * width;
          own.set(vectors.subarray(start, start + width), row * width);
        }
        store.append(entries, own, width);
      }
    },
    refresh: async (control) => {
      for (const store of stores) await store.refresh(control);
    },
    isShared: () => stores.some((store) => store.isShared()),
  };
}
