import { writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  pickle,
  pickledTensor,
  type TinyTensors,
  torchLegacyFile,
  torchLegacyParts,
  torchZipFile,
  zipFile,
} from "../../scripts/tinyCheckpoints.mjs";
import { ScidocsError } from "../../src/errors.ts";
import { readFloat32, type StoredTensors } from "../../src/tensorFiles/storedTensor.ts";
import { readTorch } from "../../src/tensorFiles/torch.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";

const tensors: TinyTensors = new Map([
  ["layer.weight", { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ["layer.bias", { shape: [2], data: Float32Array.of(-0.5, 0.25) }],
]);

const formats = { zip: torchZipFile, "before 1.6": torchLegacyFile };

function fileOf(bytes: Uint8Array, name = "weights.bin"): string {
  return `${temporaryFolder({ [name]: bytes })}/${name}`;
}

function values(read: StoredTensors, name: string): number[] {
  const tensor = read.get(name);
  if (tensor === undefined) throw new Error(`${name} is missing`);
  return Array.from(readFloat32(tensor));
}

/** A state dict of one tensor over one storage, in either format. */
const oneTensor = {
  zip: (tensor: Parameters<typeof pickledTensor>[0], bytes: Buffer): Buffer =>
    zipFile([
      ["m/data.pkl", Buffer.concat([pickle.begin, pickle.dictionary([["w", pickledTensor(tensor)]]), pickle.stop])],
      [`m/data/${tensor.key}`, bytes],
    ]),
  "before 1.6": (tensor: Parameters<typeof pickledTensor>[0], bytes: Buffer): Buffer =>
    torchLegacyParts(
      pickle.dictionary([["little_endian", pickle.true]]),
      Buffer.concat([pickle.begin, pickle.dictionary([["w", pickledTensor(tensor, pickle.none)]]), pickle.stop]),
      [[tensor.key, tensor.count, bytes]],
    ),
};

describe.each(["zip", "before 1.6"] as const)("readTorch of a file in the format %s", (format) => {
  const write = formats[format];

  it("gives names, shapes and numbers", () => {
    const read = readTorch(fileOf(write(tensors)));
    expect([...read.keys()]).toEqual(["layer.weight", "layer.bias"]);
    expect(read.get("layer.weight")?.shape).toEqual([2, 3]);
    expect(values(read, "layer.weight")).toEqual([1, 2, 3, 4, 5, 6]);
    expect(values(read, "layer.bias")).toEqual([-0.5, 0.25]);
  });

  it("honours strides and offsets within a storage", () => {
    const storage = Buffer.from(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7).buffer);
    const column = { key: "7", shape: [3, 2], strides: [1, 3], offset: 2, count: 8 };
    expect(values(readTorch(fileOf(oneTensor[format](column, storage))), "w")).toEqual([2, 5, 3, 6, 4, 7]);
    const expanded = { key: "7", shape: [2, 3], strides: [0, 1], offset: 1, count: 8 };
    expect(values(readTorch(fileOf(oneTensor[format](expanded, storage))), "w")).toEqual([1, 2, 3, 1, 2, 3]);
  });

  it.each([
    ["HalfStorage", Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00), [1, -2, 2 ** -24, Number.POSITIVE_INFINITY]],
    ["BFloat16Storage", Uint16Array.of(0x3f80, 0xc000, 0x4049, 0x0000), [1, -2, 3.140625, 0]],
    ["LongStorage", BigInt64Array.of(1n, -2n, 3n, 512n), [1, -2, 3, 512]],
    ["DoubleStorage", Float64Array.of(0.5, -0.25, 3, 4), [0.5, -0.25, 3, 4]],
  ])("widens or narrows %s to float32", (storage, data, expected) => {
    const tensor = { key: "0", shape: [4], strides: [1], count: 4, storage };
    expect(values(readTorch(fileOf(oneTensor[format](tensor, Buffer.from(data.buffer)))), "w")).toEqual(expected);
  });

  it("refuses a tensor that reaches outside its storage", () => {
    const storage = Buffer.from(new Float32Array(4).buffer);
    for (const wrong of [
      { key: "0", shape: [5], strides: [1], count: 4 },
      { key: "0", shape: [2, 2], strides: [3, 1], count: 4 },
      { key: "0", shape: [4], strides: [1], offset: 1, count: 4 },
    ]) {
      expect(() => readTorch(fileOf(oneTensor[format](wrong, storage)))).toThrow("tensor w: shape");
    }
  });

  it("takes a tensor without elements wherever it begins, as a slice of nothing does", () => {
    const nothing = { key: "0", shape: [2, 0], strides: [1, 1], offset: 1, count: 0 };
    expect(values(readTorch(fileOf(oneTensor[format](nothing, Buffer.alloc(0)))), "w")).toEqual([]);
  });

  it("refuses any other class by its name and runs nothing", () => {
    const call = pickle.call(pickle.global("os", "system"), pickle.text("touch /tmp/owned"));
    const dictionary = Buffer.concat([pickle.begin, pickle.dictionary([["w", call]]), pickle.stop]);
    const bytes =
      format === "zip"
        ? zipFile([["m/data.pkl", dictionary]])
        : torchLegacyParts(pickle.dictionary([["little_endian", pickle.true]]), dictionary, []);
    expect(() => readTorch(fileOf(bytes))).toThrow(
      /names os\.system, which a state dict does not need; nothing was run/,
    );
  });

  it("refuses tensors that say they are far larger than their file", () => {
    const claims = { key: "0", shape: [100_000, 1000], strides: [0, 0], count: 1 };
    expect(() => readTorch(fileOf(oneTensor[format](claims, Buffer.alloc(4))))).toThrow(
      /its tensors up to w take 400000000 bytes, and the file has \d+/,
    );
    const repeats = { key: "0", shape: [1000, 10], strides: [0, 0], count: 1 };
    expect(values(readTorch(fileOf(oneTensor[format](repeats, Buffer.alloc(4)))), "w")).toHaveLength(10_000);
  });

  it("says of a whole model in place of a state dict what to do", () => {
    const nested = pickle.dictionary([["epoch", pickle.integer(3)]]);
    const dictionary = Buffer.concat([pickle.begin, nested, pickle.stop]);
    const bytes =
      format === "zip"
        ? zipFile([["m/data.pkl", dictionary]])
        : torchLegacyParts(pickle.dictionary([["little_endian", pickle.true]]), dictionary, []);
    expect(() => readTorch(fileOf(bytes))).toThrow(/holds no state dict: its entry "epoch" is no tensor/);
  });

  it("says at every length that a cut-off file is one", () => {
    const whole = write(tensors);
    for (let length = 0; length < whole.length; length += 7) {
      expect(() => readTorch(fileOf(whole.subarray(0, length)))).toThrow(ScidocsError);
    }
  });

  it("answers damaged bytes with numbers or with an error of ours, never with a crash", () => {
    const whole = write(tensors);
    const file = fileOf(whole);
    const folder = temporaryFolder();
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(whole.length - 1), to: fc.nat(255) }), { minLength: 1, maxLength: 6 }),
        (changes) => {
          const bytes = Buffer.from(whole);
          for (const { at, to } of changes) bytes[at] = to;
          writeFileSync(`${folder}/damaged`, bytes);
          try {
            for (const tensor of readTorch(`${folder}/damaged`).values()) readFloat32(tensor);
          } catch (error) {
            expect(error).toBeInstanceOf(ScidocsError);
          }
        },
      ),
      { seed: 1, numRuns: 400 },
    );
    expect(readTorch(file).size).toBe(2);
  });
});

describe("readTorch", () => {
  it("notices any changed byte of any storage, and of the pickle, in a zip file", () => {
    const whole = torchZipFile(tensors);
    for (const [name, bytes] of [
      ["layer.weight", Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6).buffer)],
      ["layer.bias", Buffer.from(Float32Array.of(-0.5, 0.25).buffer)],
    ] as const) {
      const start = whole.indexOf(bytes);
      for (let at = start; at < start + bytes.length; at++) {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ 1;
        expect(() => readTorch(fileOf(damaged)), `${name}, byte ${at - start}`).toThrow(
          /other bytes than were written/,
        );
      }
    }
    const damaged = Buffer.from(whole);
    damaged[whole.indexOf("layer.bias")] = 0x4c;
    expect(() => readTorch(fileOf(damaged))).toThrow(/data\.pkl has other bytes/);
  });

  it.each([
    ["pushes that nothing takes", Buffer.alloc(2_000_000, "]")],
    ["pushes and pops without end", Buffer.alloc(9_000_000, "]0")],
    [
      "lists that hold each other many times over",
      Buffer.concat([
        Buffer.from("]q\x00"),
        ...Array.from({ length: 60 }, (_, index) => Buffer.from([0x68, index, 0x68, index, 0x86, 0x71, index + 1])),
      ]),
    ],
  ])("refuses %s, in little memory", (_what, opcodes) => {
    for (const end of [Buffer.from("."), Buffer.alloc(0)]) {
      const bytes = Buffer.concat([pickle.begin, opcodes, end]);
      expect(() => readTorch(fileOf(zipFile([["m/data.pkl", bytes]])))).toThrow(ScidocsError);
      expect(() => readTorch(fileOf(bytes))).toThrow(ScidocsError);
    }
  });

  it("refuses a zip file whose entries lie over each other", () => {
    const bytes = torchZipFile(new Map([["w", { shape: [300], data: new Float32Array(300) }]]));
    const again = Buffer.from(bytes);
    const last = again.lastIndexOf(Buffer.of(0x50, 0x4b, 1, 2));
    // As long as the whole file, from the file's beginning on.
    again.writeUInt32LE(0, last + 42);
    again.writeUInt32LE(bytes.length - 100, last + 20);
    again.writeUInt32LE(bytes.length - 100, last + 24);
    expect(() => readTorch(fileOf(again))).toThrow(/its entries up to .* overlap/);
  });

  it("refuses dictionaries that hold each other without end", () => {
    const item = Buffer.concat([pickle.text("k"), Buffer.of(0x68, 0)]);
    const other = Buffer.concat([pickle.text("l"), Buffer.of(0x68, 0)]);
    const keys = Array.from({ length: 10 }, (_, key) => Buffer.concat([pickle.text(`${key}`), Buffer.of(0x68, 0)]));
    const bytes = Buffer.concat([
      pickle.begin,
      Buffer.from("}q\x00("),
      item,
      other,
      ...keys,
      Buffer.from("u"),
      pickle.stop,
    ]);
    expect(() => readTorch(fileOf(zipFile([["m/data.pkl", bytes]])))).toThrow(/dictionaries have over 1000000 entries/);
  });

  it("keeps the sharing of a storage by two tensors", () => {
    const shared = { key: "0", count: 4, strides: [1] };
    const entries: [string, Buffer][] = [
      ["a", pickledTensor({ ...shared, shape: [4] })],
      ["b", pickledTensor({ ...shared, shape: [2], offset: 2 })],
    ];
    const dictionary = Buffer.concat([pickle.begin, pickle.dictionary(entries), pickle.stop]);
    const storage = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer);
    const read = readTorch(
      fileOf(
        zipFile([
          ["m/data.pkl", dictionary],
          ["m/data/0", storage],
        ]),
      ),
    );
    expect(values(read, "a")).toEqual([1, 2, 3, 4]);
    expect(values(read, "b")).toEqual([3, 4]);
  });

  it("takes parameters and an ordered dictionary with its metadata", () => {
    const tensor = pickledTensor({ key: "0", shape: [1], strides: [1], count: 1 });
    const parameter = pickle.call(
      pickle.global("torch._utils", "_rebuild_parameter"),
      tensor,
      pickle.true,
      pickle.call(pickle.global("collections", "OrderedDict")),
    );
    const bytes = Buffer.concat([
      pickle.begin,
      pickle.call(pickle.global("collections", "OrderedDict")),
      pickle.mark,
      pickle.text("w"),
      parameter,
      Buffer.from("u"),
      pickle.dictionary([["_metadata", pickle.integer(1)]]),
      Buffer.from("b"),
      pickle.stop,
    ]);
    const storage = Buffer.from(Float32Array.of(9).buffer);
    expect(
      values(
        readTorch(
          fileOf(
            zipFile([
              ["m/data.pkl", bytes],
              ["m/data/0", storage],
            ]),
          ),
        ),
        "w",
      ),
    ).toEqual([9]);
  });

  it("says that a file of another kind is not from PyTorch", () => {
    expect(() => readTorch(fileOf(Buffer.from("version https://git-lfs.github.com/spec/v1\n")))).toThrow(
      /Git LFS pointer/,
    );
    expect(() => readTorch(fileOf(Buffer.from("hello world")))).toThrow(/not a PyTorch file/);
    expect(() => readTorch("/no/such/file.bin")).toThrow("cannot be opened");
  });
});
