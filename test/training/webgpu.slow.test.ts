import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSafetensors } from "../../src/tensorFiles/safetensors.ts";
import { readFloat32 } from "../../src/tensorFiles/storedTensor.ts";
import { runScidocs } from "../cli/runScidocs.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { hasVulkan, vulkanDriver } from "../softwareVulkan.ts";
import { writeOtherKind } from "./otherKinds.ts";
import { lastOfEach, tinyFlags, writeTinyTraining } from "./tinyTraining.ts";

describe.skipIf(!hasVulkan)("a training on the WebGPU provider", () => {
  it.each(["BERT", "ModernBERT", "Nomic's BERT"])(
    "computes the CPU's gradients and weights, dropout included: %s",
    (name) => {
      const folder = temporaryFolder();
      writeTinyTraining(folder, 8);
      if (name !== "BERT") writeOtherKind(folder, name);
      const start = name === "BERT" ? [] : ["--init", "start", "--vocab", "start/vocab.txt"];
      const run = (provider: string) => {
        const args = [
          "train",
          ...tinyFlags,
          "--epochs",
          "1",
          "--max-steps",
          "2",
          ...start,
          "--provider",
          provider,
          "-o",
          provider,
        ];
        const ran = runScidocs(folder, lastOfEach(args), { VK_DRIVER_FILES: vulkanDriver });
        expect(ran.exitCode, ran.stderr).toBe(0);
        const norms = readFileSync(join(folder, provider, "curves.csv"), "utf8")
          .split("\n")
          .filter((row) => row.includes("train/gradient_norm"))
          .map((row) => Number(row.split(",")[2]));
        return { norms, weights: readSafetensors(join(folder, provider, "best/model.safetensors")) };
      };
      const [cpu, webgpu] = [run("cpu"), run("webgpu")];
      expect(cpu.norms).toHaveLength(2);
      for (const [update, norm] of cpu.norms.entries()) {
        expect(Math.abs((webgpu.norms[update] ?? Number.NaN) / norm - 1)).toBeLessThan(1e-4);
      }
      for (const [name, tensor] of cpu.weights) {
        // Adam makes whole steps of a gradient that is rounding alone, as a key's bias has.
        if (/key\.bias$|layer\.1\.output\.LayerNorm\.bias$|layers\.1\.norm2\.bias$/.test(name)) continue;
        const other = webgpu.weights.get(name);
        const numbers = other === undefined ? [] : readFloat32(other);
        const expected = readFloat32(tensor);
        const apart = expected.map((value, at) => Math.abs(value - (numbers[at] ?? Number.NaN)));
        // Two updates move a weight by up to twice the rate, 1e-3.
        expect(apart.reduce((sum, each) => sum + each, 0) / apart.length, name).toBeLessThan(1e-5);
      }
    },
  );
});
