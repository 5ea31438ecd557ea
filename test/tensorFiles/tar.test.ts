import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tarFile } from "../../scripts/tinyCheckpoints.mjs";
import { ScidocsError } from "../../src/errors.ts";
import { unpackTarGz } from "../../src/tensorFiles/tar.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";

type Entry = Parameters<typeof tarFile>[0][number];

function archiveOf(entries: readonly Entry[]): { archive: string; folder: string } {
  const folder = temporaryFolder({ "a.tar.gz": gzipSync(tarFile(entries)) });
  return { archive: `${folder}/a.tar.gz`, folder: `${folder}/out` };
}

const big = Buffer.from(Array.from({ length: 700_000 }, (_, index) => index % 251));
const entries: Entry[] = [
  { name: "./", kind: "5" },
  { name: "./config.json", bytes: Buffer.from("{}") },
  { name: "data/", kind: "5" },
  { name: "data/big.bin", bytes: big },
  { name: "link", kind: "2" },
  { name: "empty" },
  { name: "last.txt", bytes: Buffer.alloc(512, "x") },
];

describe("unpackTarGz", () => {
  it("unpacks the files that are wanted and passes over the others", async () => {
    const { archive, folder } = archiveOf(entries);
    const unpacked = await unpackTarGz(archive, folder, (path) => path !== "config.json" && path !== "link");
    expect(unpacked).toEqual(["data/big.bin", "empty", "last.txt"]);
    expect(readFileSync(`${folder}/data/big.bin`).equals(big)).toBe(true);
    expect(readFileSync(`${folder}/empty`).length).toBe(0);
    expect(readFileSync(`${folder}/last.txt`, "utf8")).toBe("x".repeat(512));
    expect(existsSync(`${folder}/config.json`)).toBe(false);
  });

  it("takes long names from GNU and pax records", async () => {
    const long = `deep/${"n".repeat(120)}.txt`;
    const line = ` path=${long}2\n`;
    const length = line.length + String(line.length + 3).length;
    const { archive, folder } = archiveOf([
      { name: "././@LongLink", kind: "L", bytes: Buffer.from(`${long}\0`) },
      { name: long.slice(0, 99), bytes: Buffer.from("gnu") },
      { name: "PaxHeaders/x", kind: "x", bytes: Buffer.from(`${length}${line}`) },
      { name: "short", bytes: Buffer.from("pax") },
      { name: "after", bytes: Buffer.from("own name") },
    ]);
    expect(await unpackTarGz(archive, folder, () => true)).toEqual([long, `${long}2`, "after"]);
    expect(readFileSync(`${folder}/${long}2`, "utf8")).toBe("pax");
  });

  it("has stopped writing when it fails: what it wrote can be removed for good", async () => {
    const { archive, folder } = archiveOf(entries);
    for (let round = 0; round < 20; round++) {
      const stop = new AbortController();
      const wanted = (): boolean => {
        stop.abort();
        return true;
      };
      await expect(unpackTarGz(archive, folder, wanted, { signal: stop.signal })).rejects.toThrow("interrupted");
      rmSync(folder, { recursive: true, force: true });
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(existsSync(folder)).toBe(false);
    }
  });

  it.each(["../out.txt", "/etc/passwd", "a/../../b", "a//b", "C:/x", "a\\..\\b"])(
    "refuses the entry %s, which leaves its folder",
    async (name) => {
      const { archive, folder } = archiveOf([{ name, bytes: Buffer.from("x") }]);
      await expect(unpackTarGz(archive, folder, () => true)).rejects.toThrow("outside its folder: refused");
      expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
    },
  );

  it.each(["1", "2", "3"])("refuses a wanted entry of kind %s, which is no file", async (kind) => {
    const { archive, folder } = archiveOf([{ name: "weights.th", kind }]);
    await expect(unpackTarGz(archive, folder, () => true)).rejects.toThrow("a link or a device");
  });

  it("says at every length that a cut-off archive is one", async () => {
    const { archive, folder } = archiveOf(entries.slice(0, 3));
    const whole = readFileSync(archive);
    for (let length = 0; length < whole.length; length += 3) {
      writeFileSync(archive, whole.subarray(0, length));
      await expect(unpackTarGz(archive, folder, () => true)).rejects.toBeInstanceOf(ScidocsError);
    }
    const uncompressed = tarFile(entries);
    writeFileSync(archive, gzipSync(uncompressed.subarray(0, 3000)));
    await expect(unpackTarGz(archive, folder, () => true)).rejects.toThrow("cut off");
  });

  it("answers damaged archives with files or with an error of ours, and never leaves the folder", async () => {
    const whole = tarFile(entries.slice(0, 2));
    const folder = temporaryFolder();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ at: fc.nat(1600), to: fc.nat(255) }), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const bytes = Buffer.from(whole);
          for (const { at, to } of changes) bytes[at] = to;
          writeFileSync(`${folder}/damaged.tar.gz`, gzipSync(bytes, { level: 1 }));
          try {
            await unpackTarGz(`${folder}/damaged.tar.gz`, `${folder}/out`, () => true);
          } catch (error) {
            expect(error).toBeInstanceOf(ScidocsError);
          }
          expect(readdirSync(folder).filter((name) => name !== "out")).toEqual(["damaged.tar.gz"]);
        },
      ),
      { seed: 1, numRuns: 150 },
    );
  });

  it("stops when it is told to", async () => {
    const { archive, folder } = archiveOf(entries);
    const signal = AbortSignal.abort();
    await expect(unpackTarGz(archive, folder, () => true, { signal })).rejects.toMatchObject({ code: "INTERRUPTED" });
  });
});
