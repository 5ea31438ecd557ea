import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeSafetensors } from "../../../src/tensorFiles/writeSafetensors.ts";
import { writeCheckpoint } from "../../../src/training/checkpoints/checkpointFolder.ts";
import { checkChecksums, checksumsFile, writeChecksums } from "../../../src/training/checkpoints/checksums.ts";
import { initialState } from "../../../src/training/loop/trainingState.ts";
import { temporaryFolder } from "../../datasets/temporaryFolder.ts";

const sha256 = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");
const tensors = [
  { name: "a", dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  { name: "empty", dims: [0], data: new Float32Array(0) },
  { name: "b", dims: [1], data: Float32Array.of(-0.5) },
];

describe("a checkpoint's checksums", () => {
  it("are those of its files, whether taken while a file was written or from the file", async () => {
    const output = temporaryFolder();
    const { folder } = await writeCheckpoint(output, initialState, false, tensors, async (place) => {
      writeFileSync(join(place, "config.json"), "{}");
      return { "model.safetensors": await writeSafetensors(join(place, "model.safetensors"), tensors.slice(1)) };
    });
    const names = ["config.json", "model.safetensors", "optimizer.safetensors", "state.json"];
    expect(JSON.parse(readFileSync(join(folder, checksumsFile), "utf8"))).toEqual(
      Object.fromEntries(names.map((name) => [name, sha256(join(folder, name))])),
    );
    await checkChecksums(folder);
  });

  it("are of what was written, so that a disk which kept something else is found out", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "model.safetensors");
    const written = await writeSafetensors(file, tensors);
    const bytes = readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(file, bytes);
    await writeChecksums(folder, { "model.safetensors": written });
    await expect(checkChecksums(folder)).rejects.toThrow("model.safetensors: has other bytes than were written");
  });
});
