import { isUtf8 } from "node:buffer";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseLabels } from "../../src/datasets/classification.ts";
import { parseClicks, parsePropensities } from "../../src/datasets/clicks.ts";
import { jsonEntrySplitter, valueText } from "../../src/datasets/jsonEntries.ts";
import { readPapers, readPaperTexts } from "../../src/datasets/papers.ts";
import { parseQrel } from "../../src/datasets/qrel.ts";
import { ScidocsError } from "../../src/errors.ts";
import { readTextFile } from "../../src/files/textFile.ts";
import { datasetCheckText } from "../../src/report/datasetCheckText.ts";
import { checkDataset } from "../../src/suites/check/checkDataset.ts";
import { openDataset } from "../../src/suites/dataset.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

const runs = { numRuns: 300, seed: 20_261_122 };

/** Whether a text would make a terminal do something: any control character but the line feed. */
const actsOnTerminal = (text: string): boolean =>
  [...text].some((character) => character !== "\n" && /\p{Cc}/u.test(character));

/** A reader may give a result or one of our errors, and neither may carry control characters to a terminal. */
async function resultOrError(read: () => unknown): Promise<void> {
  try {
    await read();
  } catch (error) {
    expect(error).toBeInstanceOf(ScidocsError);
    expect(actsOnTerminal(String(error))).toBe(false);
  }
}

const valid = {
  labels: "pid,class_label\na,0\nb,1\nc,18\n",
  qrel: "q 0 a 1\nq 0 b 0\np 0 c 0\n",
  clicks: 'pid,clicked_pid,list\nq,a,"a,b"\np,c,"b,c,d"\n',
  propensities: '{"scores": [0.9, 0.5, 1e-3]}',
  metadata:
    '{"a": {"title": "T \\"x\\" {", "abstract": null, "year": 1999, "authors": ["1", 2], "cited_by": [], "references": ["b"]},\n "b": {"year": "n.d."}}',
};

/** A valid text with a few bytes changed, left out or put in: what gets past the first check of a reader. */
const damaged = (text: string): fc.Arbitrary<Buffer> =>
  fc
    .array(
      fc.record({
        place: fc.nat(text.length),
        remove: fc.nat(3),
        insert: fc.oneof(
          fc.uint8Array({ maxLength: 3 }),
          fc.constantFrom(...'",{}[]:\n\r\t \\0-\u001b\u0000').map((sign) => new TextEncoder().encode(sign)),
        ),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((edits) => {
      let bytes = Buffer.from(text);
      for (const { place, remove, insert } of edits) {
        bytes = Buffer.concat([bytes.subarray(0, place), insert, bytes.subarray(place + remove)]);
      }
      return bytes;
    });

const bytesLike = (text: string): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    damaged(text),
    fc.string({ unit: "binary" }).map((any) => Buffer.from(any)),
  );

const textReaders = {
  labels: (text: string) => parseLabels(text, "f"),
  qrel: (text: string) => parseQrel(text, "f"),
  clicks: (text: string) => parseClicks(text, "f"),
  propensities: (text: string) => parsePropensities(text, "f"),
};

describe("any bytes give a result or a coded error", () => {
  test.each(["labels", "qrel", "clicks", "propensities"] as const)("as %s", async (kind) => {
    await fc.assert(
      fc.asyncProperty(bytesLike(valid[kind]), async (bytes) => {
        const text = Buffer.from(bytes).toString("utf8");
        await resultOrError(() => textReaders[kind](text));
      }),
      runs,
    );
  });

  test("as a text file, and a text that is read has the file's bytes", async () => {
    const property = fc.asyncProperty(bytesLike(valid.qrel), async (bytes) => {
      const file = join(temporaryFolder({ file: bytes }), "file");
      await resultOrError(async () => {
        const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
        expect(Buffer.from(await readTextFile(file)).equals(hasMark ? bytes.subarray(3) : bytes)).toBe(true);
      });
    });
    await fc.assert(property, { ...runs, numRuns: 50 });
  });

  test("as a metadata file", async () => {
    const property = fc.asyncProperty(bytesLike(valid.metadata), async (bytes) => {
      const file = join(temporaryFolder({ "papers.json": bytes }), "papers.json");
      await resultOrError(() => readPapers(file, null));
      await resultOrError(() => readPaperTexts(file, new Set(["b"])));
    });
    await fc.assert(property, { ...runs, numRuns: 150 });
  });

  test("as a whole dataset, and what check prints of it is safe", async () => {
    const property = fc.asyncProperty(
      fc.record({
        "mag/train.csv": bytesLike(valid.labels),
        "cite/test.qrel": bytesLike(valid.qrel),
        "recomm/train.csv": bytesLike(valid.clicks),
        "recomm/propensity_scores.json": bytesLike(valid.propensities),
        "paper_metadata_recomm.json": bytesLike(valid.metadata),
      }),
      fc.option(bytesLike('{"mag": ["Art\u001b[2J", "Biology"]}')),
      async (files, names) => {
        const folder = temporaryFolder(names === null ? files : { ...files, "class-names.json": names });
        await resultOrError(() => openDataset(folder));
        await resultOrError(async () => {
          expect(actsOnTerminal(datasetCheckText(await checkDataset(folder), { color: false }))).toBe(false);
        });
      },
    );
    await fc.assert(property, { ...runs, numRuns: 60 });
  });
});

describe("the splitter of large JSON objects", () => {
  /** Entries as the splitter cuts them, each value parsed. */
  function entriesOf(bytes: Buffer, chunkBytes: number): [string, unknown][] {
    const entries: [string, unknown][] = [];
    const splitter = jsonEntrySplitter("f", ({ key, value }) => {
      if (!isUtf8(value)) throw new Error("not UTF-8 text");
      entries.push([key, JSON.parse(valueText(value))]);
    });
    for (let at = 0; at < bytes.length; at += chunkBytes) splitter.push(bytes.subarray(at, at + chunkBytes));
    splitter.end();
    return entries;
  }

  test("cuts every object as JSON.parse reads it, however it is indented and chunked", () => {
    const property = fc.property(
      fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue(), { noNullPrototype: true }),
      fc.nat(3),
      fc.integer({ min: 1, max: 50 }),
      (object, indent, chunkBytes) => {
        const text = JSON.stringify(object, null, indent);
        expect(entriesOf(Buffer.from(text), chunkBytes)).toEqual(Object.entries(JSON.parse(text)));
      },
    );
    fc.assert(property, runs);
  });

  test("accepts damaged JSON exactly when it is UTF-8 and JSON.parse takes it", () => {
    const property = fc.property(damaged(valid.metadata), fc.integer({ min: 1, max: 50 }), (bytes, chunkBytes) => {
      const outcome = (read: () => unknown): string => {
        try {
          read();
          return "accepted";
        } catch {
          return "refused";
        }
      };
      const whole = outcome(() => {
        if (!isUtf8(bytes)) throw new Error("not UTF-8 text");
        const value: unknown = JSON.parse(bytes.toString("utf8"));
        if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("no object");
      });
      expect(outcome(() => entriesOf(bytes, chunkBytes))).toBe(whole);
    });
    fc.assert(property, { ...runs, numRuns: 2000 });
  });
});
