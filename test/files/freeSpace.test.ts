import { existsSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { requireSpace } from "../../src/embed/store/store.ts";
import { freeBytes } from "../../src/files/freeSpace.ts";

describe("freeBytes", () => {
  it("looks at the nearest folder that is there", async () => {
    expect(await freeBytes(join(tmpdir(), "not", "there"))).toBeGreaterThan(0);
  });

  // As a disk of the network that does not tell its size.
  it.runIf(existsSync("/proc/self") && statfsSync("/proc").blocks === 0)(
    "knows nothing where a file system claims to have no blocks, and nothing is refused for it",
    async () => {
      expect(await freeBytes("/proc/not/there")).toBe(null);
      await requireSpace("/proc/not/there.store", 2 ** 40);
    },
  );
});
