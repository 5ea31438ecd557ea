import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openVectorStore, requireSpace, storeFile } from "../../../src/embed/store/store.ts";
import { builtFile } from "../../../src/threads/builtFile.ts";

const folder = mkdtempSync(join(tmpdir(), "scidocs-store-"));
const keyOf = (text: string): string => createHash("sha256").update(text).digest("hex");
const identity = { fingerprint: keyOf("settings"), settings: { model: keyOf("m"), pooling: "mean", maxLength: 512 } };
const entry = (text: string, truncated = false) => ({ key: keyOf(text), paperId: text, truncated });

describe("a vector store", () => {
  it("gives back what was put in, after closing too", async () => {
    const place = join(folder, "plain");
    const store = await openVectorStore(place, identity);
    store.beginJob({ batchTokens: 10, windowTexts: 2, keys: [keyOf("a"), keyOf("b"), keyOf("é")] });
    store.append([entry("a"), entry("b", true)], Float32Array.of(1, 2, 3, 4, 5, 6), 3);
    store.append([entry("é")], Float32Array.of(7, 8, 9), 3);
    expect([...(store.read(keyOf("b"))?.vector ?? [])]).toEqual([4, 5, 6]);
    await store.close();
    const again = await openVectorStore(place, identity);
    expect(again.size).toBe(3);
    expect(again.jobs).toEqual([{ batchTokens: 10, windowTexts: 2, keys: [keyOf("a"), keyOf("b"), keyOf("é")] }]);
    expect(again.read(keyOf("a"))).toEqual({ vector: Float32Array.of(1, 2, 3), truncated: false });
    expect(again.read(keyOf("b"))).toEqual({ vector: Float32Array.of(4, 5, 6), truncated: true });
    expect(again.read(keyOf("é"))?.vector).toEqual(Float32Array.of(7, 8, 9));
    expect(again.read(keyOf("z"))).toBeNull();
    await again.close();
  });

  it("keeps the first vector of a key", async () => {
    const store = await openVectorStore(join(folder, "twice"), identity);
    store.append([entry("a")], Float32Array.of(1), 1);
    store.append([entry("b"), entry("a"), entry("c")], Float32Array.of(2, 99, 3), 1);
    expect(["a", "b", "c"].map((text) => store.read(keyOf(text))?.vector[0])).toEqual([1, 2, 3]);
    await store.close();
  });

  it("refuses a file of another fingerprint and names what differs", async () => {
    const place = join(folder, "other");
    await (await openVectorStore(place, identity)).close();
    const other = { fingerprint: keyOf("x"), settings: { ...identity.settings, pooling: "cls" } };
    const opening = openVectorStore(storeFile(place, identity.fingerprint), other);
    await expect(opening).rejects.toThrow(/made otherwise \(pooling: mean there, cls now\)/);
    await expect(opening).rejects.toHaveProperty("code", "BAD_INPUT");
    const own = await openVectorStore(place, other);
    expect(own.size).toBe(0);
    await own.close();
  });

  it("refuses a file that is something else", async () => {
    const file = join(folder, "note.txt");
    writeFileSync(file, "hello");
    await expect(openVectorStore(file, identity)).rejects.toThrow(/note\.txt: not a store/);
  });

  it("is refused to a second opener while the first is at work", async () => {
    const place = join(folder, "locked");
    const store = await openVectorStore(place, identity);
    await expect(openVectorStore(place, identity)).rejects.toThrow(/in use by another scidocs \(process \d+/);
    await store.close();
    await (await openVectorStore(place, identity)).close();
  });

  it("is refused while another process has it, and free once that process was killed", async () => {
    const place = join(folder, "shared");
    const script = `import { openVectorStore } from ${JSON.stringify(builtFile(import.meta.url.replace("/test/", "/src/"), "./store.js"))};
      await openVectorStore(${JSON.stringify(place)}, ${JSON.stringify(identity)});
      process.stdout.write("open"); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const opening = openVectorStore(place, identity);
    await expect(opening).rejects.toThrow(`process ${child.pid} on`);
    await expect(opening).rejects.toHaveProperty("code", "UNAVAILABLE");
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    expect(existsSync(`${storeFile(place, identity.fingerprint)}.lock`)).toBe(true);
    await (await openVectorStore(place, identity)).close();
  });

  it("says before it starts that the disk is too small", async () => {
    const file = join(folder, "not/there/yet.vectors");
    await expect(requireSpace(file, 2 ** 60)).rejects.toThrow(/the vectors need .* MiB and the disk has .* MiB/);
    await requireSpace(file, 1);
  });
});

const small = join(folder, "small-disk");
mkdirSync(small);
let mounted = false;
try {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", small], { stdio: "ignore" });
  mounted = true;
} catch {
  console.warn("a small disk cannot be mounted here: the test with a full disk is skipped");
}
afterAll(() => {
  if (mounted) execFileSync("umount", [small]);
});

describe.skipIf(!mounted)("a full disk", () => {
  it("ends in a clear error, keeps what was stored, and lets the next run go on", async () => {
    const filler = join(small, "filler");
    writeFileSync(filler, Buffer.alloc(100_000));
    const store = await openVectorStore(small, identity);
    const vectors = Float32Array.from({ length: 2000 }, (_, index) => index);
    let stored = 0;
    const fill = (): void => {
      for (;;) {
        store.append([entry(`p${stored}`)], vectors, 2000);
        stored++;
      }
    };
    expect(fill).toThrow(/cannot be written \(ENOSPC.*vectors are kept: free some space and run again/);
    expect(stored).toBeGreaterThan(5);
    await store.close();
    rmSync(filler);
    const again = await openVectorStore(small, identity);
    expect([again.size, again.tornBytes, again.damagedBytes]).toEqual([stored, 0, 0]);
    again.append([entry(`p${stored}`)], vectors, 2000);
    expect(again.read(keyOf(`p${stored - 1}`))?.vector).toEqual(vectors);
    await again.close();
  });
});
