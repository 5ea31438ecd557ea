import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { md5OfEtag } from "../../../src/datasets/download/downloadFile.ts";
import { filesOfKeys } from "../../../src/datasets/download/downloadKeys.ts";
import { parseListing } from "../../../src/datasets/download/downloadListing.ts";
import { isWanted, partsOf } from "../../../src/datasets/download/publicStore.ts";
import { ScidocsError } from "../../../src/errors.ts";
import { printable } from "../../../src/printable.ts";
import { scidocsStore as store } from "../../../src/suites/scidocs/store.ts";

const etag = '"d41d8cd98f00b204e9800998ecf8427e"';
const entry = (key: string, size = 1, tag = etag): string =>
  `<Contents><Key>${key}</Key><ETag>${tag.replaceAll('"', "&quot;")}</ETag><Size>${size}</Size></Contents>`;
const listing = (inner: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</ListBucketResult>`;
const last = "<IsTruncated>false</IsTruncated>";

describe("a listing", () => {
  test("gives key, size and ETag of each object, entities resolved", () => {
    expect(parseListing(listing(`${last}${entry("a/b &amp; &#x27;c&#39;", 12)}${entry("d", 0)}`))).toEqual({
      objects: [
        { key: "a/b & 'c'", size: 12, etag },
        { key: "d", size: 0, etag },
      ],
      nextToken: null,
    });
  });

  test("that is written over several lines, with a comment and an owner, is read alike", () => {
    const pretty = `<?xml version="1.0"?>\n<!-- by hand -->\n<ListBucketResult>\n  <Name/>\n  <IsTruncated>true</IsTruncated>\n  <NextContinuationToken>t&lt;1</NextContinuationToken>\n  <Contents>\n    <Key>k</Key>\n    <ETag>${etag}</ETag>\n    <Size> 7 </Size>\n    <Owner><ID>x</ID></Owner>\n  </Contents>\n</ListBucketResult>\n`;
    expect(parseListing(pretty)).toEqual({ objects: [{ key: "k", size: 7, etag }], nextToken: "t<1" });
  });

  test("with URL-encoded keys decodes them", () => {
    const xml = listing(`${last}<EncodingType>url</EncodingType>${entry("a+b%2Bc")}`);
    expect(parseListing(xml).objects[0]?.key).toBe("a b+c");
  });

  test("that is the store's error gives its reason", () => {
    expect(() => parseListing("<Error><Code>AccessDenied</Code><Message>No\u001b[2J</Message></Error>")).toThrow(
      "the store says: AccessDenied: No\\x1b[2J",
    );
  });

  test.each<[string, string]>([
    ["a page of HTML", "<!DOCTYPE html><html></html>"],
    ["another document", "<html></html>"],
    ["nothing", ""],
    ["text", "hello"],
    ["a listing that is cut off", listing(`${last}${entry("a")}`).slice(0, -30)],
    ["an object without a size", listing(`${last}<Contents><Key>a</Key><ETag>e</ETag></Contents>`)],
    ["a negative size", listing(`${last}${entry("a", -1)}`)],
    ["a size with a fraction", listing(`${last}<Contents><Key>a</Key><ETag>e</ETag><Size>1.5</Size></Contents>`)],
    ["an ETag that would break a header", listing(`${last}${entry("a", 1, '"e\r\nx: y"')}`)],
    ["two keys in one object", listing(`${last}<Contents><Key>a</Key><Key>b</Key></Contents>`)],
    ["more pages without a token", listing("<IsTruncated>true</IsTruncated>")],
    ["an entity of its own", listing(`${last}${entry("&evil;")}`)],
    ["an entity definition", `<!DOCTYPE x [<!ENTITY a "b">]>${listing(last)}`],
    ["a character beyond Unicode", listing(`${last}${entry("&#x110000;")}`)],
    ["the first half of a surrogate pair", listing(`${last}${entry("a&#xD800;")}`)],
    ["the second half of one", listing(`${last}${entry("a&#57343;")}`)],
    ["a page of far more than a thousand keys", listing(`${last}${"<a/>".repeat(32_000)}`)],
    [
      "a token of megabytes",
      listing(`<IsTruncated>true</IsTruncated><NextContinuationToken>${"t".repeat(5000)}</NextContinuationToken>`),
    ],
    ["crossed tags", "<ListBucketResult><a><b></a></b></ListBucketResult>"],
    ["bottomless nesting", "<a>".repeat(10_000)],
    ["two documents", `${listing(last)}${listing(last)}`],
    ["CDATA", listing(`${last}<![CDATA[x]]>`)],
  ])("is not %s", (_, xml) => {
    expect(() => parseListing(xml)).toThrow(expect.objectContaining({ code: "UNAVAILABLE" }));
  });

  test("of any bytes is a page or a coded error, and its message is safe for a terminal", () => {
    const pieces = fc.constantFrom(
      "<",
      ">",
      "/",
      "&",
      ";",
      "&amp;",
      "<!--",
      "-->",
      "<Contents>",
      "</Contents>",
      "<Key>",
      "</Key>",
      "<Size>9</Size>",
      "<ETag>e</ETag>",
      "<Error>",
      "<Code>",
      "</Code>",
      "</Error>",
      "<ListBucketResult>",
      "</ListBucketResult>",
      last,
      "\u001b[31m",
      "__proto__",
      "&#0;",
      "&#xD800;",
      "\u0000",
    );
    const text = fc.oneof(
      fc
        .array(fc.oneof(pieces, fc.string({ unit: "binary", maxLength: 4 })), { maxLength: 60 })
        .map((parts) => parts.join("")),
      fc.array(pieces, { maxLength: 30 }).map((parts) => listing(parts.join(""))),
    );
    fc.assert(
      fc.property(text, (xml) => {
        try {
          const page = parseListing(xml);
          for (const object of page.objects) expect(Number.isSafeInteger(object.size)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ScidocsError);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
          expect((error as Error).message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        }
      }),
      { numRuns: 2000, seed: 7 },
    );
  });

  test("of what it was written from gives that again", () => {
    const key = fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }).filter((text) => text.trim() !== "");
    fc.assert(
      fc.property(fc.array(fc.record({ key, size: fc.nat() }), { maxLength: 20 }), (objects) => {
        const escaped = (text: string): string => text.replace(/[&<>"']/gu, (one) => `&#${one.codePointAt(0)};`);
        const xml = listing(last + objects.map((object) => entry(escaped(object.key), object.size)).join(""));
        expect(parseListing(xml).objects.map(({ key, size }) => ({ key, size }))).toEqual(objects);
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

describe("keys", () => {
  test("belong to parts by their folder", () => {
    const groupsOf = (path: string): string[] => partsOf(store, path).map(({ id }) => id);
    expect(groupsOf("coview/test.qrel")).toEqual(["labels"]);
    expect(groupsOf("paper_metadata_recomm.json")).toEqual(["metadata", "recomm"]);
    expect(groupsOf("paper_metadata_mag_mesh.json")).toEqual(["metadata"]);
    expect(groupsOf("specter-embeddings/cls.jsonl")).toEqual(["specter-embeddings"]);
    expect(groupsOf("LICENSE")).toEqual([]);
    expect(isWanted(store, "synthetic.json", null)).toBe(true);
    expect(isWanted(store, "synthetic.json", new Set(["recomm"]))).toBe(true);
    expect(isWanted(store, "LICENSE", null)).toBe(true);
    expect(isWanted(store, "LICENSE", new Set(["labels"]))).toBe(false);
    expect(isWanted(store, "specter-embeddings/cls.jsonl", null)).toBe(false);
  });

  test("never lead outside, whatever they are", () => {
    const part = fc.oneof(
      fc.constantFrom("..", ".", "", "a", "mag", "con", "C:", "\\", "..\\", "\u0000", "%2e%2e", "~", "x.part"),
      fc.string({ unit: "binary", maxLength: 5 }),
    );
    const key = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => `p/${parts.join("/")}`);
    fc.assert(
      fc.property(fc.array(key, { maxLength: 4 }), (keys) => {
        try {
          const { files } = filesOfKeys(
            keys.map((one) => ({ key: one, size: 1 })),
            "p/",
          );
          for (const { path } of files) {
            expect(path).not.toMatch(/(^|\/)(\.\.?)?(\/|$)|\\|:/);
            expect(printable(path, 2000)).not.toContain("\\x");
          }
        } catch (error) {
          if (!(error instanceof ScidocsError)) throw error;
          // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
          expect(error.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        }
      }),
      { numRuns: 2000, seed: 7 },
    );
  });

  test.each([
    ["case", "A", "a"],
    ["how an accent is written", "\u00e9", "e\u0301"],
    ["both", "\u00c9", "e\u0301"],
  ])("that differ in %s only are refused, because some disks make them one file", (_, one, other) => {
    const objects = [one, other].map((name) => ({ key: `p/${name}`, size: 1 }));
    expect(() => filesOfKeys(objects, "p/")).toThrow(/occurs twice/);
  });
});

test("an ETag is an MD5 only as 32 hex digits", () => {
  expect(md5OfEtag('"D41D8CD98F00B204E9800998ECF8427E"')).toBe("d41d8cd98f00b204e9800998ecf8427e");
  expect(md5OfEtag('"d41d8cd98f00b204e9800998ecf8427e-3"')).toBeNull();
  expect(md5OfEtag('W/"d41d8cd98f00b204e9800998ecf8427e"')).toBeNull();
});
