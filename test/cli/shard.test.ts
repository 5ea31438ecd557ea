import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();
const data = join(import.meta.dirname, "../../datasets/mini");
const papers = join(data, "paper_metadata_view_cite_read.json");
const run = (args: string) => runScidocs(folder, args.split(" "));

describe("embedding in shards", () => {
  it("gives, merged, the bytes of the whole", () => {
    const embed = `embed --model mini --papers ${papers}`;
    for (const shard of ["1/3", "2/3", "3/3"]) {
      const { exitCode, stderr } = run(`${embed} --shard ${shard} --store shard-${shard[0]}`);
      expect(exitCode, stderr).toBe(0);
      if (shard === "3/3") expect(stderr).toContain("nothing falls to this shard");
    }
    const merged = run("store merge shard-1 shard-2 -o all.vectors");
    expect(merged.exitCode, merged.stderr).toBe(0);
    expect(run(`${embed} --store all.vectors -o merged.npy`).stderr).toMatch(/: 0 texts embedded/);
    expect(run(`${embed} --no-store -o whole.npy`).exitCode).toBe(0);
    expect(readFileSync(join(folder, "merged.npy")).equals(readFileSync(join(folder, "whole.npy")))).toBe(true);
    expect(run("store info all.vectors").stdout).toMatch(/^vectors +\d+ of 64 numbers/m);
  });

  it("fills the store for a run, which then embeds nothing", () => {
    expect(run(`run --model mini --data ${data} --tasks cite --embed-only --store s`).exitCode).toBe(0);
    const scored = run(`run --model mini --data ${data} --tasks cite --store s -o r.json`);
    expect(scored.stderr).toMatch(/: 0 texts embedded/);
  });

  it.each([
    [`embed --model mini --papers ${papers} --shard 1/2 -o x.npy`, /leave -o to the run that has all/],
    [`embed --model mini --papers ${papers} --shard 3/2`, /a shard is K\/N/],
    [`embed --model mini --papers ${papers} --shard 1/2 --no-store`, /leave --no-store out/],
    [`run --model mini --data ${data} --shard 1/2`, /--shard needs --embed-only/],
    [`run --model mini --data ${data} --embed-only --no-store`, /leave --no-store out/],
    [`embed --model mini --papers ${papers} --in-flight 3 -o x.npy`, /--in-flight needs --queue/],
    [
      `embed --model mini --papers ${papers} --queue redis://127.0.0.1:1 -o x.npy --no-store`,
      /no queue can be reached/,
    ],
    ["store merge none -o x.vectors", /none is missing/],
  ])("refuses %s", (args, message) => {
    const { exitCode, stderr } = run(args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });
});
