import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { embedPapers } from "../../src/embed/embedPapers.ts";
import { planEmbedding } from "../../src/embed/plan.ts";
import { resolveEncoder } from "../../src/encoders/resolveEncoder.ts";
import type { ProgressEvent } from "../../src/progress.ts";
import { type VectorTable, vectorAt } from "../../src/vectors/vectorTable.ts";
import { tinyPapers, writeTinyEncoder } from "../encoders/tinyEncoder.ts";

const file = writeTinyEncoder(mkdtempSync(join(tmpdir(), "scidocs-embed-")), {
  outputs: ["last_hidden_state", "sentence_embedding"],
});

async function embed(papers: ReturnType<typeof tinyPapers>, pooling: string, batchTokens: number, threads = 1) {
  const plan = await planEmbedding([{ file: "papers.json", papers }], await resolveEncoder(file, { pooling }), {
    batchTokens,
  });
  return embedPapers(plan, { threads });
}

function largestDifference(a: VectorTable, b: VectorTable): number {
  let largest = 0;
  for (const [id, row] of a.rowOf) {
    const other = vectorAt(b, b.rowOf.get(id) ?? -1);
    for (const [k, value] of vectorAt(a, row).entries()) {
      largest = Math.max(largest, Math.abs(value - (other[k] ?? Number.NaN)));
    }
  }
  return largest;
}

describe("embedPapers", () => {
  it.each(["cls", "mean", "max"])("gives the same %s vectors in every batch size and order", async (pooling) => {
    const papers = tinyPapers(60);
    const alone = await embed(papers, pooling, 1);
    expect(alone.table.ids).toEqual(papers.map(({ id }) => id));
    expect(alone.paddedTokens).toBe(alone.tokens);
    for (const batchTokens of [90, 100_000]) {
      const together = await embed([...papers].reverse(), pooling, batchTokens, 2);
      expect(together.paddedTokens).toBeGreaterThan(together.tokens);
      expect(largestDifference(alone.table, together.table)).toBeLessThan(1e-5);
    }
    const values = new Set(alone.table.data);
    expect(values.size).toBeGreaterThan(60);
  });

  it("embeds a paper of several files once, a text of several papers once, and counts what is odd", async () => {
    const papers = tinyPapers(20);
    const twin = { id: "twin", title: papers[0]?.title ?? "", abstract: papers[0]?.abstract ?? "" };
    const changed = { id: "p1", title: "another title", abstract: null };
    const long = { id: "long", title: "graph", abstract: "cell ".repeat(200) };
    const encoder = await resolveEncoder(file, { pooling: "cls" });
    const plan = await planEmbedding(
      [
        { file: "a.json", papers },
        { file: "b.json", papers: [...papers.slice(0, 5), twin, changed, long] },
      ],
      encoder,
    );
    expect(plan).toMatchObject({ storedTexts: 0, textsToEmbed: 21, conflictingPapers: 1 });
    expect(plan.files).toEqual([
      { file: "a.json", papers: 20 },
      { file: "b.json", papers: 8 },
    ]);
    const result = await embedPapers(plan, { threads: 1 });
    expect(result.embeddedTexts).toBe(21);
    expect(result.table.ids.length).toBe(22);
    expect([...result.emptyPapers]).toEqual(["p3"]);
    expect([...result.truncatedPapers]).toEqual(["long"]);
    const row = (id: string) => vectorAt(result.table, result.table.rowOf.get(id) ?? -1);
    expect(row("twin")).toEqual(row("p0"));
  });

  it("gives the same bytes on one thread and on four", async () => {
    const [one, four] = [await embed(tinyPapers(60), "mean", 90, 1), await embed(tinyPapers(60), "mean", 90, 4)];
    expect(four.table.data).toEqual(one.table.data);
  });

  it("reports progress up to the last paper", async () => {
    const events: ProgressEvent[] = [];
    const plan = await planEmbedding([{ file: "f", papers: tinyPapers(30) }], await resolveEncoder(file), {
      batchTokens: 64,
    });
    await embedPapers(plan, { threads: 1 }, { onProgress: (event) => events.push(event) });
    expect(events[0]).toMatchObject({ stage: "embedding", done: 0, total: 30, unit: "papers", share: 0 });
    expect(events.at(-1)).toMatchObject({ done: 30, share: 1 });
    // The longest come first: by work, more is done than by papers.
    const middle = events.find(({ done }) => done >= 10);
    expect(middle?.share).toBeGreaterThan((middle?.done ?? 0) / 30);
    expect(events.length).toBeGreaterThan(5);
  });

  it("stops when it is told to", async () => {
    const controller = new AbortController();
    const plan = await planEmbedding([{ file: "f", papers: tinyPapers(200) }], await resolveEncoder(file), {
      batchTokens: 1,
    });
    let last = 0;
    const running = embedPapers(
      plan,
      { threads: 1 },
      {
        signal: controller.signal,
        onProgress: ({ done }) => {
          last = done;
          if (done === 10) controller.abort();
        },
      },
    );
    await expect(running).rejects.toHaveProperty("code", "INTERRUPTED");
    expect(last).toBeLessThan(200);
  });

  it("names the paper whose vector is not finite", async () => {
    const broken = writeTinyEncoder(mkdtempSync(join(tmpdir(), "scidocs-broken-")), { brokenWord: "gene" });
    const papers = [
      { id: "fine", title: "graph paper", abstract: "cell" },
      { id: "bad", title: "a gene", abstract: null },
    ];
    const plan = await planEmbedding([{ file: "f", papers }], await resolveEncoder(broken), { batchTokens: 1 });
    const embedding = embedPapers(plan, { threads: 1 });
    await expect(embedding).rejects.toThrow(/the model gives NaN in the vector of paper bad/);
    await expect(embedding).rejects.toHaveProperty("code", "BAD_INPUT");
  });

  it("gives an empty table for no papers", async () => {
    const result = await embed([], "cls", 100);
    expect(result.table.ids).toEqual([]);
  });
});
