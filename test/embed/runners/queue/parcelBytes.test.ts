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
    replies: [
      { vectors: Float32Array.of(1, -0, 1e-40, 3.4e38), dimensions: 2, elapsedMs: 0 },
      { vectors: Float32Array.of(Number.NaN, 5), dimensions: 2, elapsedMs: 0 },
    ],
  };

  it("hold vectors bit for bit, and the worker's id", () => {
    expect(decodeReply(encodeReply(reply), [2, 1])).toEqual(reply);
  });

  it("are no reply when a bit is wrong, a byte is missing, or the parcel has another size", () => {
    const bytes = encodeReply(reply);
    expect(decodeReply(bytes, [2, 2])).toBeNull();
    expect(decodeReply(bytes, [3])).not.toBeNull();
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = damaged[at]! ^ (1 << bit);
        return decodeReply(damaged, [2, 1]) === null && decodeReply(bytes.subarray(0, at), [2, 1]) === null;
      }),
      { seed: 1 },
    );
  });
});
