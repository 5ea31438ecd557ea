import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { embedPapers } from "../../src/embed/embedPapers.ts";
import { planEmbedding } from "../../src/embed/plan.ts";
import { openVectorStore } from "../../src/embed/store/store.ts";
import type { Encoder } from "../../src/encoders/encoder.ts";
import { resolveEncoder } from "../../src/encoders/resolveEncoder.ts";
import { type VectorTable, vectorAt } from "../../src/vectors/vectorTable.ts";
import { seededNumbers, tinyPapers, writeTinyEncoder } from "../encoders/tinyEncoder.ts";

const folder = mkdtempSync(join(tmpdir(), "scidocs-resume-"));
const model = writeTinyEncoder(join(folder, "model"), { batchSensitive: true });
const papers = tinyPapers(560);
const papersFile = join(folder, "papers.json");
writeFileSync(papersFile, JSON.stringify(papers));
const wholeStore = join(folder, "whole");
const batchTokens = 96;

let encoder: Encoder;
let uninterrupted: Float32Array;

/** Embeds with a store at `place` and gives the vectors in the papers' order. */
async function embedInto(place: string, some = papers, tokens = batchTokens): Promise<VectorTable> {
  const store = await openVectorStore(place, encoder);
  try {
    const plan = await planEmbedding([{ file: "papers.json", papers: some }], encoder, { batchTokens: tokens, store });
    return (await embedPapers(plan, { threads: 1, store })).table;
  } finally {
    await store.close();
  }
}

const bytes = (data: VectorTable["data"]): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** The only segment of the only store in a folder. */
function segmentPath(place: string): string {
  const segments = readdirSync(place, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".vectors"),
  );
  expect(segments.length).toBe(1);
  return join(place, segments[0] ?? "");
}

/** Where the same segment would lie in another folder, whose store is made. */
function sameSegmentIn(place: string): string {
  const file = join(place, relative(wholeStore, segmentPath(wholeStore)));
  mkdirSync(dirname(file), { recursive: true });
  return file;
}

/** Runs the child and kills it when it has done `batches` batches; tells whether it had finished before. */
function runAndKill(place: string, batches: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "embedChild.mjs"), model, papersFile, place], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let lines = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      lines += chunk.toString().split("\n").length - 1;
      if (lines > batches) child.kill("SIGKILL");
    });
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (code !== null && code !== 0) reject(new Error(`the child ended with ${code}`));
      else resolve(signal === null);
    });
  });
}

/** Runs the child to its end; gives the hash of its table and how many texts it embedded itself. */
async function runWhole(place: string): Promise<{ sha256: string; embeddedTexts: number }> {
  const script = join(import.meta.dirname, "embedChild.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, [script, model, papersFile, place]);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

beforeAll(async () => {
  encoder = await resolveEncoder(model);
  uninterrupted = (await embedInto(wholeStore)).data as Float32Array;
});

describe("a run that was stopped", () => {
  it("has vectors that would show another batch (this suite could fail)", async () => {
    const other = await embedInto(join(folder, "other"), papers, 200);
    expect(bytes(other.data).equals(bytes(uninterrupted))).toBe(false);
  });

  it("gives the very bytes of an uninterrupted one after kill -9 at random moments", async () => {
    const next = seededNumbers(11);
    for (let round = 0; round < 2; round++) {
      const place = join(folder, `killed-${round}`);
      let kills = 0;
      while (!(await runAndKill(place, Math.floor((next() + 1) * 75)))) kills++;
      expect(kills).toBeGreaterThan(0);
      const store = await openVectorStore(place, encoder);
      expect(store.damagedBytes).toBe(0);
      expect(store.jobs.length).toBe(1);
      await store.close();
      expect(bytes((await embedInto(place)).data).equals(bytes(uninterrupted))).toBe(true);
    }
  });

  it("is taken up from a file cut off anywhere", async () => {
    const source = segmentPath(wholeStore);
    const { size } = statSync(source);
    const next = seededNumbers(5);
    const header = readFileSync(source).indexOf("\x1dREC");
    const cuts = [header, header + 1, header + 27, header + 28, header + 500, size - 1, size - 30];
    for (let index = 0; index < 4; index++) cuts.push(header + Math.floor(((next() + 1) / 2) * (size - header)));
    for (const cut of cuts) {
      const place = join(folder, `cut-${cut}`);
      const file = sameSegmentIn(place);
      copyFileSync(source, file);
      truncateSync(file, cut);
      const table = await embedInto(place);
      expect(bytes(table.data).equals(bytes(uninterrupted)), `cut at ${cut} of ${size}`).toBe(true);
    }
  });

  it("is taken up from a file with a wrong byte anywhere, wherever that is", async () => {
    const source = segmentPath(wholeStore);
    const whole = readFileSync(source);
    const header = whole.indexOf("\x1dREC");
    const secondRecord = whole.indexOf("\x1dREC", header + 1);
    const next = seededNumbers(6);
    const spots = [
      0,
      9,
      30,
      header - 1,
      header,
      header + 4,
      header + 9,
      header + 20,
      header + 40,
      secondRecord + 1,
      secondRecord + 8,
    ];
    spots.push(secondRecord + 30, whole.length - 1);
    for (let index = 0; index < 6; index++)
      spots.push(header + Math.floor(((next() + 1) / 2) * (whole.length - header)));
    for (const spot of spots) {
      const place = join(folder, `flipped-${spot}`);
      const file = sameSegmentIn(place);
      const damaged = Buffer.from(whole);
      damaged[spot] = (damaged[spot] ?? 0) ^ 0x40;
      writeFileSync(file, damaged);
      expect(bytes((await embedInto(place)).data).equals(bytes(uninterrupted)), `byte ${spot}`).toBe(true);
      expect(bytes((await embedInto(place)).data).equals(bytes(uninterrupted)), `byte ${spot}, again`).toBe(true);
    }
  });

  it("is finished by a run over more papers, and leaves stored vectors as they are", async () => {
    const place = join(folder, "more");
    expect(await runAndKill(place, 40)).toBe(false);
    const extra = tinyPapers(50, 99).map((paper) => ({ ...paper, id: `extra-${paper.id}` }));
    const table = await embedInto(place, [...extra, ...papers]);
    for (const [row, { id }] of papers.entries()) {
      const expected = uninterrupted.subarray(row * table.dimensions, (row + 1) * table.dimensions);
      expect(vectorAt(table, table.rowOf.get(id) ?? -1)).toEqual(expected);
    }
  });

  it("does what it can when only some of its papers are at hand, and the rest later", async () => {
    const place = join(folder, "fewer");
    expect(await runAndKill(place, 10)).toBe(false);
    const few = await embedInto(place, papers.slice(0, 400));
    expect(few.ids.length).toBe(400);
    const all = await embedInto(place);
    for (const id of few.ids) {
      expect(vectorAt(all, all.rowOf.get(id) ?? -1)).toEqual(vectorAt(few, few.rowOf.get(id) ?? -1));
    }
  });

  it("shares its work with another that begins meanwhile, and both end with the same bytes", async () => {
    const place = join(folder, "together");
    const outcomes = await Promise.all([runWhole(place), runWhole(place), runWhole(place)]);
    for (const { sha256 } of outcomes)
      expect(sha256).toBe(createHash("sha256").update(bytes(uninterrupted)).digest("hex"));
    const store = await openVectorStore(place, encoder);
    expect(store.conflicts).toBe(0);
    await store.close();
    expect(bytes((await embedInto(place)).data).equals(bytes(uninterrupted))).toBe(true);
  });

  it("is taken up by a run of its own batch size only: in others its batches would have other members", async () => {
    const place = join(folder, "sizes");
    const store = await openVectorStore(place, encoder);
    const files = [{ file: "papers.json", papers }];
    try {
      const plan = await planEmbedding(files, encoder, { batchTokens, store });
      const keys = plan.newWindows.flatMap(({ texts }) => texts.map(({ key }) => key));
      store.beginJob({ batchTokens, windowTexts: plan.newWindows[0]!.texts.length, keys });
      const again = await planEmbedding(files, encoder, { batchTokens, store });
      expect([again.resumedWindows.length, again.newWindows.length]).toEqual([plan.newWindows.length, 0]);
      const other = await planEmbedding(files, encoder, { batchTokens: 200, store });
      expect([other.resumedWindows.length, other.newWindows.length]).toEqual([0, plan.newWindows.length]);
      expect(other.newWindows.every((window) => window.batchTokens === 200)).toBe(true);
    } finally {
      await store.close();
    }
  });

  it("embeds nothing when all is stored", async () => {
    const store = await openVectorStore(wholeStore, encoder);
    const plan = await planEmbedding([{ file: "papers.json", papers }], encoder, { batchTokens, store });
    expect(plan.textsToEmbed).toBe(0);
    const result = await embedPapers(plan, { threads: 1, store });
    expect(result.embeddedTexts).toBe(0);
    expect(bytes(result.table.data).equals(bytes(uninterrupted))).toBe(true);
    await store.close();
  });
});
