import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { writeTinyCheckpoints } from "../../../scripts/tinyCheckpoints.mjs";
import { freshFolder, runScidocs } from "../../cli/runScidocs.ts";

/** The software Vulkan driver that Debian's chromium brings; the loader is in libvulkan1. */
const driver = "/usr/lib/chromium/vk_swiftshader_icd.json";
const hasVulkan = existsSync(driver) && existsSync("/usr/lib/x86_64-linux-gnu/libvulkan.so.1");
if (!hasVulkan) console.warn("no software Vulkan driver: checkpoints on WebGPU are not tested");

describe.skipIf(!hasVulkan)("a checkpoint on the WebGPU provider", () => {
  const folder = freshFolder();
  // A software adapter compiles shaders for every shape it meets, so there is one text.
  beforeAll(() => {
    writeTinyCheckpoints(folder);
    const paper = { title: "Protein folding by energy", abstract: "We study the folding of a protein." };
    writeFileSync(join(folder, "one.json"), JSON.stringify({ a: paper }));
  });

  it("gives the CPU's vectors to 1e-4", () => {
    const [cpu, webgpu] = ["cpu", "webgpu"].map((provider) => {
      const model = "original/model.tar.gz";
      const args = [
        "embed",
        "--model",
        model,
        "--papers",
        "one.json",
        "--provider",
        provider,
        "-o",
        `${provider}.jsonl`,
      ];
      const ran = runScidocs(folder, args, { VK_DRIVER_FILES: driver });
      expect(ran.exitCode, ran.stderr).toBe(0);
      const lines = readFileSync(join(folder, `${provider}.jsonl`), "utf8")
        .trim()
        .split("\n");
      return lines.flatMap((line) => (JSON.parse(line) as { embedding: number[] }).embedding);
    });
    expect(webgpu?.length).toBe(64);
    const largest = (cpu ?? []).reduce((most, value, k) => Math.max(most, Math.abs(value - (webgpu?.[k] ?? 99))), 0);
    expect(largest).toBeLessThan(1e-4);
  });
});
