import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freshFolder, runScidocs } from "./runScidocs.ts";

it("sixteen shards, merged, give the bytes of the whole", () => {
  const folder = freshFolder();
  // Seventeen windows of 512 texts: every shard has one, and one has two.
  const papers = Object.fromEntries(
    Array.from({ length: 8500 }, (_, at) => [
      `p${at}`,
      { title: `paper ${at}`, abstract: `word${at % 97} `.repeat(at % 12) },
    ]),
  );
  writeFileSync(join(folder, "papers.json"), JSON.stringify(papers));
  const embed = ["embed", "--model", "mini", "--papers", "papers.json"];
  const stores = Array.from({ length: 16 }, (_, at) => `shards/${at + 1}`);
  for (const [at, store] of stores.entries()) {
    const { exitCode, stderr } = runScidocs(folder, [...embed, "--shard", `${at + 1}/16`, "--store", store]);
    expect(exitCode, stderr).toBe(0);
  }
  expect(runScidocs(folder, ["store", "merge", ...stores, "-o", "all.vectors"]).exitCode).toBe(0);
  const merged = runScidocs(folder, [...embed, "--store", "all.vectors", "-o", "merged.npy"]);
  expect(merged.stderr).toMatch(/8500 papers: 0 texts embedded/);
  expect(runScidocs(folder, [...embed, "--no-store", "-o", "whole.npy"]).exitCode).toBe(0);
  expect(readFileSync(join(folder, "merged.npy")).equals(readFileSync(join(folder, "whole.npy")))).toBe(true);
});
