import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { watchedRun } from "../attack/watchedRun.ts";
import { freshFolder } from "../cli/runScidocs.ts";
import { writeTinyEncoder } from "../encoders/tinyEncoder.ts";

// What embedding holds may grow with the papers (their texts and ids, the row of each, its place in the store) and with nothing else:
// neither tokens nor vectors of what is done.

const folder = freshFolder();
const model = writeTinyEncoder(join(folder, "model"), { dimensions: 64 });
const many = 200_000;
const few = 20_000;

const words = "graph paper of neural protein cell the a model citation network deep learning in for vector".split(" ");

/** As many papers with texts of their own, made of few words, since a tokenizer may keep the pieces of words that it has met. */
function writePapers(count: number, tokens: number): string {
  const papers = Array.from({ length: count }, (_, index) => {
    const own = Array.from({ length: 5 }, (_unused, place) => words[(index >> (4 * place)) % 16]);
    const title = [...own, ...new Array<string>(Math.max(0, tokens - 7)).fill("a")].join(" ");
    return `"p${index}": {"paper_id": "p${index}", "title": "${title}"}`;
  });
  const file = join(folder, `papers-${count}-${tokens}.json`);
  writeFileSync(file, `{${papers.join(",\n")}}`);
  return file;
}

/** Bytes by which what a process holds grows with each paper that it embeds, garbage left out. */
function grownBytes(papers: string, store: readonly string[]): number {
  const child = fileURLToPath(new URL("./memoryChild.mjs", import.meta.url));
  const args = ["--expose-gc", child, model, papers, ...store];
  const lines = execFileSync(process.execPath, args, { encoding: "utf8" }).trim().split("\n");
  const marks = lines.map((line): { done: number; heldBytes: number } => JSON.parse(line));
  const [first, last] = [marks[0], marks.at(-1)];
  expect(last?.done).toBe(many);
  return ((last?.heldBytes ?? 0) - (first?.heldBytes ?? 0)) / (many - (first?.done ?? 0));
}

describe("memory while embedding many papers", () => {
  let longTexts: string;
  beforeAll(() => {
    longTexts = writePapers(many, 64);
  });

  it("keeps no tokens and no vectors of the papers that are done", () => {
    // A paper's tokens have 256 bytes here, and its vector as many; a set's entry has 20 to 40.
    expect(grownBytes(longTexts, [])).toBeLessThan(200);
  });

  it("keeps no more of a stored paper than where it lies", () => {
    expect(grownBytes(longTexts, [join(folder, "store")])).toBeLessThan(340);
  });

  it("holds 2.5 kB a paper at most, seen from outside, garbage and all", async () => {
    const peak = async (count: number): Promise<number> => {
      const args = ["embed", "--model", model, "--papers", writePapers(count, 8), "-o", "out.npy"];
      const { exitCode, stderr, peakBytes } = await watchedRun(folder, args);
      expect(exitCode, stderr).toBe(0);
      return peakBytes ?? 0;
    };
    const before = await peak(few);
    expect((await peak(many)) - before).toBeLessThan((many - few) * 2500);
  });
});
