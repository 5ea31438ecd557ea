import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { SegmentReader } from "../../../src/embed/store/segmentReader.ts";
import { openVectorStore, requireSpace } from "../../../src/embed/store/store.ts";
import { encodeRecord, encodeVectors } from "../../../src/embed/store/storeFormat.ts";

const folder = mkdtempSync(join(tmpdir(), "scidocs-store-"));
const keyOf = (text: string): string => createHash("sha256").update(text).digest("hex");
const identity = { fingerprint: keyOf("settings"), settings: { model: keyOf("m"), pooling: "mean", maxLength: 512 } };
const entry = (text: string, truncated = false) => ({ key: keyOf(text), paperId: text, truncated });
/** A vector of one number that belongs to a text alone. */
const ofText = (text: string): Float32Array => Float32Array.of(Number.parseInt(keyOf(text).slice(0, 6), 16));

/** Stores some texts under a place, as one run does; returns the store's folder. */
async function filled(place: string, of: typeof identity, texts: readonly string[]): Promise<string> {
  const store = await openVectorStore(place, of);
  store.beginJob({ batchTokens: 10, windowTexts: 2, keys: texts.map(keyOf) });
  for (const text of texts) store.append([entry(text)], ofText(text), 1);
  await store.close();
  return store.folder;
}

function onlySegment(store: string): string {
  const names = readdirSync(store);
  expect(names.length).toBe(1);
  return names[0] ?? "";
}

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

  it("refuses a store of another fingerprint and names what differs", async () => {
    const place = join(folder, "other");
    const own = await filled(place, identity, ["a"]);
    const other = { fingerprint: keyOf("x"), settings: { ...identity.settings, pooling: "cls" } };
    for (const named of [own, join(own, onlySegment(own))]) {
      const opening = openVectorStore(named, other);
      await expect(opening).rejects.toThrow(/made otherwise \(pooling: mean there, cls now\)/);
      await expect(opening).rejects.toHaveProperty("code", "BAD_INPUT");
    }
    const beside = await openVectorStore(place, other);
    expect(beside.size).toBe(0);
    await beside.close();
  });

  it("refuses a file that is something else, and a file where its folder should be", async () => {
    const file = join(folder, "note.txt");
    writeFileSync(file, "hello");
    await expect(openVectorStore(file, identity)).rejects.toThrow(/note\.txt: not a store/);
    const inTheWay = join(folder, "way");
    mkdirSync(inTheWay);
    writeFileSync(join(inTheWay, `${identity.fingerprint.slice(0, 16)}.store`), "");
    await expect(openVectorStore(inTheWay, identity)).rejects.toHaveProperty("code", "BAD_INPUT");
  });

  it("leaves nothing behind where nothing is stored", async () => {
    const place = join(folder, "nothing");
    await (await openVectorStore(place, identity)).close();
    expect(existsSync(place)).toBe(false);
  });

  it("reads the one file that earlier versions kept, and puts what is new into a folder beside it", async () => {
    const place = join(folder, "earlier");
    const store = await filled(join(folder, "earlier-source"), identity, ["a", "b"]);
    mkdirSync(place);
    const file = join(place, `${identity.fingerprint.slice(0, 16)}.vectors`);
    renameSync(join(store, onlySegment(store)), file);
    const before = readFileSync(file);
    await filled(place, identity, ["c"]);
    for (const named of [place, file]) {
      const again = await openVectorStore(named, identity);
      expect(["a", "b", "c"].map((text) => again.read(keyOf(text))?.vector[0])).toEqual([
        ...ofText("a"),
        ...ofText("b"),
        ...ofText("c"),
      ]);
      await again.close();
    }
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("lets two writers work at once, and each sees what the other has stored when it looks", async () => {
    const place = join(folder, "shared");
    const [one, two] = [await openVectorStore(place, identity), await openVectorStore(place, identity)];
    one.append([entry("a")], ofText("a"), 1);
    two.append([entry("b")], ofText("b"), 1);
    expect([one.has(keyOf("b")), two.has(keyOf("a"))]).toEqual([false, false]);
    await one.refresh();
    await two.refresh();
    expect([one.read(keyOf("b"))?.vector, two.read(keyOf("a"))?.vector]).toEqual([ofText("b"), ofText("a")]);
    expect([one.isShared(), two.isShared()]).toEqual([true, true]);
    one.append([entry("c")], ofText("c"), 1);
    await one.close();
    await two.refresh();
    expect([two.has(keyOf("c")), two.isShared()]).toEqual([true, false]);
    await two.close();
  });

  it("takes the same one of two vectors that differ, whoever reads, and counts the key", async () => {
    const winners = new Set<number | undefined>();
    for (let round = 0; round < 6; round++) {
      const place = join(folder, `conflict-${round}`);
      const [one, two] = [await openVectorStore(place, identity), await openVectorStore(place, identity)];
      one.append([entry("a")], Float32Array.of(1), 1);
      two.append([entry("a")], Float32Array.of(2), 1);
      await one.refresh();
      winners.add(one.read(keyOf("a"))?.vector[0]);
      await Promise.all([one.close(), two.close()]);
      const again = await openVectorStore(place, identity);
      winners.add(again.read(keyOf("a"))?.vector[0]);
      expect(again.conflicts).toBe(1);
      await again.close();
    }
    expect(winners.size).toBe(1);
  });

  it("says so instead of giving back a vector whose bytes have changed since they were found", async () => {
    const place = join(folder, "changed");
    const own = await filled(place, identity, ["a", "b"]);
    const store = await openVectorStore(place, identity);
    const file = join(own, onlySegment(own));
    const bytes = readFileSync(file);
    const spot = bytes.indexOf(Buffer.from(ofText("b").buffer));
    bytes[spot] = (bytes[spot] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    expect(store.read(keyOf("a"))?.vector).toEqual(ofText("a"));
    expect(() => store.read(keyOf("b"))).toThrow(/changed by something else .* run again/);
    await store.close();
    const again = await openVectorStore(place, identity);
    expect([again.has(keyOf("a")), again.has(keyOf("b"))]).toEqual([true, false]);
    expect(again.damagedBytes).toBeGreaterThan(0);
    await again.close();
  });

  it("joins many small segments into one, with the same vectors and jobs", async () => {
    const place = join(folder, "many");
    const texts = Array.from({ length: 20 }, (_, index) => `t${index}`);
    let own = "";
    for (const text of texts) own = await filled(place, identity, [text]);
    expect(readdirSync(own).length).toBeLessThan(9);
    const store = await openVectorStore(place, identity);
    for (const text of texts) expect(store.read(keyOf(text))?.vector).toEqual(ofText(text));
    expect(store.jobs.length).toBe(20);
    await store.close();
  });

  it.runIf(process.getuid !== undefined)("leaves segments of other users as they are", async () => {
    const place = join(folder, "of-others");
    const texts = Array.from({ length: 7 }, (_, index) => `t${index}`);
    let own = "";
    for (const text of texts) own = await filled(place, identity, [text]);
    const before = readdirSync(own).sort();
    expect(before).toHaveLength(7);
    vi.spyOn(process, "getuid").mockReturnValue((process.getuid?.() ?? 0) + 1);
    try {
      await filled(place, identity, ["theirs"]);
    } finally {
      vi.restoreAllMocks();
    }
    expect(readdirSync(own)).toHaveLength(8);
    expect(readdirSync(own)).toEqual(expect.arrayContaining(before));
    await filled(place, identity, ["ours"]);
    expect(readdirSync(own)).toHaveLength(1);
  });

  it("goes on in another segment when its own is removed as soon as it is written", async () => {
    const place = join(folder, "removed-at-once");
    const store = await openVectorStore(place, identity);
    const open = SegmentReader.open;
    const opened: string[] = [];
    vi.spyOn(SegmentReader, "open").mockImplementation((path) => {
      // Twice in a row another process is quicker.
      if (opened.push(path) <= 2) rmSync(path);
      return open(path);
    });
    try {
      store.append([entry("a")], ofText("a"), 1);
    } finally {
      vi.restoreAllMocks();
    }
    expect(new Set(opened).size).toBe(3);
    store.append([entry("b")], ofText("b"), 1);
    for (const text of ["a", "b"]) expect(store.read(keyOf(text))?.vector).toEqual(ofText(text));
    await store.close();
    const again = await openVectorStore(place, identity);
    for (const text of ["a", "b"]) expect(again.read(keyOf(text))?.vector).toEqual(ofText(text));
    await again.close();
  });

  it("goes on in another segment when its own was joined into another and removed", async () => {
    const place = join(folder, "removed");
    const store = await openVectorStore(place, identity);
    store.append([entry("a")], ofText("a"), 1);
    for (const name of readdirSync(store.folder)) rmSync(join(store.folder, name));
    store.append([entry("b")], ofText("b"), 1);
    expect([store.read(keyOf("a"))?.vector, store.read(keyOf("b"))?.vector]).toEqual([ofText("a"), ofText("b")]);
    rmSync(store.folder, { recursive: true });
    store.append([entry("c")], ofText("c"), 1);
    await store.close();
    const again = await openVectorStore(place, identity);
    expect(["a", "b", "c"].map((text) => again.read(keyOf(text))?.vector)).toEqual(["a", "b", "c"].map(ofText));
    await again.close();
  });

  /** A store of one text whose only segment has these bytes between its header and its records. */
  const storeWith = async (name: string, bytes: Buffer): Promise<string> => {
    const place = join(folder, name);
    const store = await openVectorStore(place, identity);
    store.append([entry("a")], ofText("a"), 1);
    await store.close();
    const segment = join(store.folder, onlySegment(store.folder));
    const whole = readFileSync(segment);
    const start = whole.indexOf("\x1dREC", 0, "latin1");
    writeFileSync(segment, Buffer.concat([whole.subarray(0, start), bytes, whole.subarray(start)]));
    return place;
  };

  it.each([
    ["a number that is none", 2, Float32Array.of(1, Number.NaN)],
    ["a number that is too large", 2, Float32Array.of(1, Number.POSITIVE_INFINITY)],
    ["no numbers", 0, new Float32Array(0)],
  ])("takes no vector with %s, whatever its checksum: the text is embedded anew", async (what, dimensions, vector) => {
    const record = encodeRecord("V", encodeVectors([entry("b")], vector, dimensions));
    const store = await openVectorStore(await storeWith(what, record), identity);
    expect(store.has(keyOf("b"))).toBe(false);
    expect(store.damagedBytes).toBe(record.length);
    expect(store.read(keyOf("a"))?.vector).toEqual(ofText("a"));
    await store.close();
  });

  it("passes over what looks like a hundred thousand beginnings of records, without reading a megabyte for each", async () => {
    const marks = Buffer.alloc(4 * 100_000, "\x1dREC", "latin1");
    const place = await storeWith("marks", marks);
    const store = await openVectorStore(place, identity);
    expect(store.damagedBytes).toBe(marks.length);
    expect(store.read(keyOf("a"))?.vector).toEqual(ofText("a"));
    await store.close();
  });

  it("gives up where each of many beginnings claims all that follows, and says how much it did not read", async () => {
    const count = 40_000;
    const claims = Buffer.alloc(28 * count);
    for (let index = 0; index < count; index++) {
      claims.write("\x1dRECV", 28 * index, "latin1");
      claims.writeUInt32LE(28 * (count - index - 1), 28 * index + 8);
    }
    const store = await openVectorStore(await storeWith("claims", claims), identity);
    expect(store.damagedBytes).toBeGreaterThan(claims.length);
    expect(store.has(keyOf("a"))).toBe(false);
    expect(store.isShared()).toBe(false);
    await store.close();
  });

  it("does not wait for a pipe that bears the name of a segment", async () => {
    const own = await filled(join(folder, "pipe"), identity, ["a"]);
    execFileSync("mkfifo", [join(own, "0000.vectors")]);
    await expect(openVectorStore(join(folder, "pipe"), identity)).rejects.toThrow(/is a pipe, not a file/);
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
    expect(fill).toThrow(/vectors cannot be kept there \(ENOSPC.*free some space .* what was stored is kept/);
    expect(stored).toBeGreaterThan(5);
    await store.close();
    rmSync(filler);
    const again = await openVectorStore(small, identity);
    expect([again.size, again.damagedBytes]).toEqual([stored, 0]);
    again.append([entry(`p${stored}`)], vectors, 2000);
    expect(again.read(keyOf(`p${stored - 1}`))?.vector).toEqual(vectors);
    await again.close();
  });
});
