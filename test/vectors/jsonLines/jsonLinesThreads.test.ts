import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { readInOrder } from "../../../src/vectors/jsonLines/jsonLinesInOrder.ts";
import { readWithThreads } from "../../../src/vectors/jsonLines/jsonLinesThreads.ts";

const folder = mkdtempSync(join(tmpdir(), "scidocs-threads-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): { path: string; size: number } {
  const path = join(folder, "vectors.jsonl");
  writeFileSync(path, text);
  return { path, size: statSync(path).size };
}

const options = { dimensions: 2, wide: false, needed: null };
const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.string({ maxLength: 20 }), fc.boolean())
      .map(([id, empty]) => JSON.stringify({ paper_id: id, embedding: empty ? [] : [id.length, -0.5] })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      "{",
      '{"paper_id": "p", "embedding": [1, 2, 3]}',
      '{"paper_id": "p", "embedding": [0.1, 2]}',
    ),
  },
);

test("neither the number of threads nor the size of the chunks changes what is read, or which line is complained of", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 30 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 1, max: 3 }),
      async (lines, closed, chunkBytes, threads) => {
        fc.pre(closed || lines.at(-1) !== "");
        const { path, size } = file(lines.join("\n") + (closed ? "\n" : ""));
        const inOrder = await readInOrder(path, size, options);
        const threaded = await readWithThreads({ path, size, ...options, threads, chunkBytes });
        expect(threaded).toEqual(inOrder);
      },
    ),
    { numRuns: 25, seed: 7 },
  );
});

test("an abort ends the threads with an interruption", async () => {
  const { path, size } = file('{"paper_id": "p", "embedding": [1, 2]}\n'.repeat(1000));
  const controller = new AbortController();
  controller.abort();
  const reading = readWithThreads(
    { path, size, ...options, threads: 2, chunkBytes: 1000 },
    { signal: controller.signal },
  );
  await expect(reading).rejects.toMatchObject({ code: "INTERRUPTED" });
});

test("a file that became shorter than it was is an error", async () => {
  const { path, size } = file('{"paper_id": "p", "embedding": [1, 2]}\n');
  const reading = readWithThreads({ path, size: size + 10, ...options, threads: 1 });
  await expect(reading).rejects.toThrow("became shorter while it was read");
});
