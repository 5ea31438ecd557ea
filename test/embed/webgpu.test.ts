import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runScidocs } from "../cli/runScidocs.ts";
import { tinyPapers, writeTinyEncoder } from "../encoders/tinyEncoder.ts";
import { hasVulkan, vulkanDriver } from "../softwareVulkan.ts";

describe.skipIf(!hasVulkan)("the WebGPU provider", () => {
  it("gives the CPU's vectors to 1e-4, under a fingerprint of its own", () => {
    const folder = mkdtempSync(join(tmpdir(), "scidocs-webgpu-"));
    writeTinyEncoder(join(folder, "model"));
    const papers = tinyPapers(20).map(({ id, title, abstract }) => [id, { title, abstract }]);
    writeFileSync(join(folder, "papers.json"), JSON.stringify(Object.fromEntries(papers)));
    const embed = (provider: string): number[][] => {
      const args = ["embed", "--model", "model", "--papers", "papers.json", "--pooling", "mean", "--store", "store"];
      const ran = runScidocs(folder, [...args, "--provider", provider, "-o", `${provider}.jsonl`], {
        VK_DRIVER_FILES: vulkanDriver,
      });
      expect(ran.exitCode, ran.stderr).toBe(0);
      const lines = readFileSync(join(folder, `${provider}.jsonl`), "utf8")
        .trim()
        .split("\n");
      return lines.map((line) => JSON.parse(line).embedding);
    };
    const [cpu, webgpu] = [embed("cpu"), embed("webgpu")];
    expect(webgpu.length).toBe(20);
    const differences = cpu.flatMap((vector, row) =>
      vector.map((value, k) => Math.abs(value - (webgpu[row]?.[k] ?? 99))),
    );
    expect(Math.max(...differences)).toBeLessThan(1e-4);
    expect(readdirSync(join(folder, "store"))).toHaveLength(2);
  });
});
