import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { safetensorsFile } from "../../../scripts/tinyCheckpoints.mjs";
import { filesIdentity, filesSource } from "../../../src/benchmark/sources/files.ts";
import { vectorTable } from "../../../src/vectors/vectorTable.ts";
import { writeVectors } from "../../../src/vectors/writeVectors.ts";
import { temporaryFolder } from "../../datasets/temporaryFolder.ts";

const table = vectorTable(["a", "b"], 2, Float32Array.of(1, 2, 3, 4));

describe("the identity of vectors in files", () => {
  it("is another where the ids beside a matrix are others, and the record names that file", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "v.npy");
    await writeVectors(path, table);
    const before = await filesIdentity([path]);
    const ids = readFileSync(join(folder, "v.ids.json"), "utf8");
    writeFileSync(join(folder, "v.ids.json"), ids.replace('"a","b"', '"b","a"'));
    const after = await filesIdentity([path]);
    expect(after).not.toBe(before);
    const source = filesSource({ one: [path] });
    const groups = new Map([["one", { ids: new Set(["a", "b"]), purpose: "cite" }]]);
    const made = await source.vectors(await source.plan({ groups } as never, {}), {});
    expect(made.files.map((file) => file.path)).toEqual(["v.npy", "v.ids.json"]);
    expect(source.facts(made)).toMatchObject({ sha256: after, name: "v" });
    writeFileSync(join(folder, "v.ids.json"), ids);
    expect(await filesIdentity([path])).toBe(before);
  });

  it("holds the ids beside a safetensors file only where it has none itself", async () => {
    const folder = temporaryFolder({
      "bare.safetensors": safetensorsFile(new Map([["x", { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }]])),
      "bare.ids.txt": "a\nb\n",
      "whole.ids.txt": "b\na\n",
    });
    const [bare, whole] = ["bare", "whole"].map((name) => join(folder, `${name}.safetensors`)) as [string, string];
    await writeVectors(whole, table);
    const before = await filesIdentity([bare, whole]);
    writeFileSync(join(folder, "whole.ids.txt"), "a\nb\n");
    expect(await filesIdentity([bare, whole])).toBe(before);
    writeFileSync(join(folder, "bare.ids.txt"), "b\na\n");
    expect(await filesIdentity([bare, whole])).not.toBe(before);
  });
});
