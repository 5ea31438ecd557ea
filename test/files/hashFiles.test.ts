import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { combinedSha256 } from "../../src/files/hashFiles.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const [x, y] = [sha256("x"), sha256("y")];

describe("the identity of a set of files", () => {
  it("is the hash of names and hashes, whatever the order of files of different names", () => {
    const files = [
      { path: "b.bin", sha256: x },
      { path: "a.bin", sha256: y },
    ];
    expect(combinedSha256(files)).toBe(sha256(`a.bin ${y}\nb.bin ${x}\n`));
    expect(combinedSha256(files.toReversed())).toBe(combinedSha256(files));
  });

  it("is another where files of one name, in folders of their own, change places", () => {
    const files = [
      { path: "model.safetensors", sha256: x },
      { path: "model.safetensors", sha256: y },
    ];
    expect(combinedSha256(files.toReversed())).not.toBe(combinedSha256(files));
    expect(combinedSha256(files.slice(0, 1))).toBe(sha256(`model.safetensors ${x}\n`));
  });
});
