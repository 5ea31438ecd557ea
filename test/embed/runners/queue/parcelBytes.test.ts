import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeReply,
  decodeRequests,
  encodeReply,
  encodeRequests,
} from "../../../../src/embed/runners/queue/parcelBytes.ts";

const requests = [
  { ids: Int32Array.of(101, 7, 102, 101, 102), lengths: Int32Array.of(3, 2), positions: null },
  { ids: Int32Array.of(1), lengths: Int32Array.of(1), positions: [Int32Array.of()] },
  { ids: Int32Array.of(), lengths: Int32Array.of(), positions: null },
  { ids: Int32Array.of(1, 2, 3), lengths: Int32Array.of(2, 1), positions: [Int32Array.of(0, 1), Int32Array.of(0)] },
];

describe("the bytes of a parcel", () => {
  it("hold requests as they are", () => {
    expect(decodeRequests(encodeRequests(requests))).toEqual(requests);
  });

  it("are refused when they are not whole", () => {
    const bytes = encodeRequests(requests);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeRequests(bytes.subarray(0, length)), String(length)).toThrow(RangeError);
    }
    expect(() => decodeRequests(Buffer.concat([bytes, Buffer.alloc(4)]))).toThrow(RangeError);
  });

  const reply = {
    worker: "näme",
    note: "It döes.",
    replies: [
      { vectors: Float32Array.of(1, -0, 1e-40, 3.4e38), dimensions: 2, elapsedMs: 0 },
      { vectors: Float32Array.of(Number.NaN, 5), dimensions: 2, elapsedMs: 0 },
    ],
  };

  it("hold vectors bit for bit, and the worker's id", () => {
    expect(decodeReply("p1", encodeReply("p1", reply), [2, 1])).toEqual(reply);
  });

  it("are no reply when a bit is wrong, a byte is missing, or the parcel has another size", () => {
    const bytes = encodeReply("p1", reply);
    expect(decodeReply("p1", bytes, [2, 2])).toBeNull();
    expect(decodeReply("p1", bytes, [3])).not.toBeNull();
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = damaged[at]! ^ (1 << bit);
        return decodeReply("p1", damaged, [2, 1]) === null && decodeReply("p1", bytes.subarray(0, at), [2, 1]) === null;
      }),
      { seed: 1 },
    );
  });

  it("are no reply to another parcel of the same size, and none without numbers", () => {
    expect(decodeReply("p2", encodeReply("p1", reply), [2, 1])).toBeNull();
    const empty = { worker: "w", note: null, replies: [{ vectors: Float32Array.of(), dimensions: 0, elapsedMs: 0 }] };
    expect(decodeReply("p1", encodeReply("p1", empty), [0])).toBeNull();
  });

  it.each([
    ["more", [5]],
    ["fewer", [1]],
    ["no", [0, 3]],
    ["less than no", [4, -1]],
    ["2^31 - 1", [2 ** 31 - 1]],
  ])("are refused when a text says that it has %s ids", (_, lengths) => {
    const request = { ids: Int32Array.of(1, 2, 3), lengths: Int32Array.from(lengths), positions: null };
    expect(() => decodeRequests(encodeRequests([request]))).toThrow("the lengths are not those of its texts");
  });

  it.each([-1, 3, 2 ** 31 - 1])("are refused when they say that they hold %d requests", (count) => {
    const bytes = encodeRequests(requests.slice(0, 2));
    bytes.writeInt32LE(count, 0);
    expect(() => decodeRequests(bytes)).toThrow(RangeError);
  });
});
