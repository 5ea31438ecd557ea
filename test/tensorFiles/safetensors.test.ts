import { writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safetensorsFile, type TinyTensors } from "../../scripts/tinyCheckpoints.mjs";
import { ScidocsError } from "../../src/errors.ts";
import { readSafetensors } from "../../src/tensorFiles/safetensors.ts";
import { readShards } from "../../src/tensorFiles/shards.ts";
import { readFloat32, type StoredTensors } from "../../src/tensorFiles/storedTensor.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { hasShared, sharedPath } from "../shared.ts";

const tensors: TinyTensors = new Map([
  ["weight", { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
  ["half", { shape: [3], data: Uint16Array.of(0x3c00, 0xbc00, 0x3800), type: "F16" }],
  ["brain", { shape: [2], data: Uint16Array.of(0x3f80, 0xbf80), type: "BF16" }],
  ["ids", { shape: [2], data: BigInt64Array.of(0n, 511n), type: "I64" }],
]);

function fileOf(bytes: Uint8Array): string {
  return `${temporaryFolder({ "model.safetensors": bytes })}/model.safetensors`;
}

function values(read: StoredTensors, name: string): number[] {
  const tensor = read.get(name);
  if (tensor === undefined) throw new Error(`${name} is missing`);
  return Array.from(readFloat32(tensor));
}

/** A file with a header of one's own. */
function withHeader(header: string, data = new Uint8Array(16)): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  return Buffer.concat([length, Buffer.from(header), data]);
}

describe("readSafetensors", () => {
  it("gives the numbers of every element type", () => {
    const read = readSafetensors(fileOf(safetensorsFile(tensors)));
    expect(values(read, "weight")).toEqual([1, 2, 3, 4]);
    expect(values(read, "half")).toEqual([1, -1, 0.5]);
    expect(values(read, "brain")).toEqual([1, -1]);
    expect(values(read, "ids")).toEqual([0, 511]);
  });

  it("passes over the free text beside the tensors", () => {
    const header = '{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}';
    expect([...readSafetensors(fileOf(withHeader(header))).keys()]).toEqual(["w"]);
  });

  it.each([
    ["a header longer than the file", Buffer.alloc(8, 0x7f), /too large|longer than the file/],
    ["a header longer than any encoder's", withHeader(`{"w":${" ".repeat(2 ** 23)}`), /longer than any of its kind/],
    ["no header at all", Buffer.from("abc"), /too short/],
    ["a header that is no JSON", withHeader("{oops"), /not JSON/],
    ["a header without offsets", withHeader('{"w":{"dtype":"F32","shape":[4]}}'), /header is wrong/],
    [
      "a shape of words",
      withHeader(`{"w":{"dtype":"F32","shape":[${'"4",'.repeat(1e6)}4],"data_offsets":[0,16]}}`),
      /found tensor w/,
    ],
    ["three offsets", withHeader('{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16,16]}}'), /two data_offsets/],
    [
      "an unknown element type",
      withHeader('{"w":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}'),
      /tensor w: element type F8_E4M3/,
    ],
    [
      "offsets that do not fit the shape",
      withHeader('{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,12]}}'),
      /tensor w: its offsets do not fit/,
    ],
    [
      "a tensor past the end",
      withHeader('{"w":{"dtype":"F32","shape":[8],"data_offsets":[0,32]}}'),
      /cut off: its tensors have 32 bytes, and 16 are there/,
    ],
    [
      "tensors that overlap",
      withHeader(
        '{"v":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}',
      ),
      /tensor w overlaps/,
    ],
    [
      "tensors with a hole between them",
      withHeader(
        '{"v":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}',
      ),
      /tensor w does not begin where the one before it ends/,
    ],
    [
      "tensors with a hole before them",
      withHeader('{"w":{"dtype":"F32","shape":[3],"data_offsets":[4,16]}}'),
      /tensor w does not begin/,
    ],
    [
      "bytes after the tensors",
      withHeader('{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}'),
      /4 bytes follow/,
    ],
    [
      "a tensor that is named twice",
      withHeader(
        '{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"\\u0077" :{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}',
      ),
      /names w twice/,
    ],
    [
      "a tensor with two places",
      withHeader('{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"data_offsets":[0,16]}}'),
      /names w\.data_offsets twice/,
    ],
  ])("refuses %s", (_what, bytes, message) => {
    expect(() => readSafetensors(fileOf(bytes))).toThrow(message);
  });

  it("takes empty tensors, and texts with quotes and braces in them", () => {
    const header =
      '{"__metadata__":{"a":"{\\"w\\":1,\\"w\\":2}"},"e":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}';
    expect([...readSafetensors(fileOf(withHeader(header))).keys()]).toEqual(["e", "w"]);
  });

  it.skipIf(!hasShared)("refuses the file whose offsets were moved", () => {
    expect(() => readSafetensors(sharedPath("cases/attack/offsets_moved.safetensors"))).toThrow(/a damaged file/);
  });

  it("answers damaged bytes with numbers or with an error of ours, never with a crash", () => {
    const whole = safetensorsFile(tensors);
    const file = `${temporaryFolder()}/damaged`;
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(whole.length - 1), to: fc.nat(255) }), { minLength: 1, maxLength: 6 }),
        fc.nat(whole.length),
        (changes, length) => {
          const bytes = Buffer.from(whole);
          for (const { at, to } of changes) bytes[at] = to;
          writeFileSync(file, length % 3 === 0 ? bytes.subarray(0, length) : bytes);
          try {
            for (const tensor of readSafetensors(file).values()) readFloat32(tensor);
          } catch (error) {
            expect(error).toBeInstanceOf(ScidocsError);
          }
        },
      ),
      { seed: 1, numRuns: 400 },
    );
  });
});

describe("readShards", () => {
  const shards = {
    "a.safetensors": safetensorsFile(new Map([["one", { shape: [1], data: Float32Array.of(1) }]])),
    "b.safetensors": safetensorsFile(new Map([["two", { shape: [1], data: Float32Array.of(2) }]])),
  };
  const index = (map: Record<string, string>) => ({
    "model.safetensors.index.json": JSON.stringify({ metadata: { total_size: 8 }, weight_map: map }),
  });
  const read = (map: Record<string, string>) =>
    readShards(`${temporaryFolder({ ...shards, ...index(map) })}/model.safetensors.index.json`, readSafetensors);

  it("joins the shards that an index names", () => {
    const joined = read({ one: "a.safetensors", two: "b.safetensors" });
    expect([...joined.keys()].map((name) => values(joined, name))).toEqual([[1], [2]]);
  });

  it("says which tensor or shard is not where the index has it", () => {
    expect(() => read({ one: "b.safetensors" })).toThrow("tensor one is not in b.safetensors");
    expect(() => read({ one: "c.safetensors" })).toThrow(
      /index\.json: 1 of its 1 shards are not beside it: c\.safetensors; download the whole folder/,
    );
    expect(() => read({ one: "../a.safetensors" })).toThrow("is not a file beside the index");
  });
});
