import { ScidocsError } from "../../errors.ts";
import { ownValue } from "../../ownValue.ts";
import { printable } from "../../printable.ts";

/** One object of the store. */
export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** The entity tag, with its quotes, as requests must repeat it. */
  readonly etag: string;
}

/** One page of a ListObjectsV2 answer. */
export interface ListingPage {
  readonly objects: readonly StoredObject[];
  /** What to send as `continuation-token` for the next page; null on the last one. */
  readonly nextToken: string | null;
}

/** An element: its children, or the text of one that has none. */
interface Element {
  readonly name: string;
  readonly children: Element[];
  text: string;
}

const depthLimit = 8;
/** Elements of a page: a thousand keys have some eight each, and a store may say more. */
const mostElements = 32_000;
/** Characters of a token, which goes back into an address. */
const longestToken = 4096;
const namedEntities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function bad(problem: string): ScidocsError {
  return new ScidocsError(
    "UNAVAILABLE",
    `the store's listing cannot be read: ${problem}; is this the URL of a public S3 bucket?`,
  );
}

/** Text with its entities resolved. Only the five named ones and character numbers exist without a document type. */
function unescapeXml(text: string): string {
  return text.replace(/&([^;&]{0,12});?/g, (whole, name: string) => {
    const named = ownValue(namedEntities, name);
    const digits = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
    const point =
      digits === null
        ? Number.NaN
        : digits[1] !== undefined
          ? Number.parseInt(digits[1], 16)
          : Number.parseInt(digits[2] ?? "", 10);
    if (whole.endsWith(";")) {
      if (named !== undefined) return named;
      // XML has no numbers for halves of surrogate pairs, which no address can hold.
      if (point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)) return String.fromCodePoint(point);
    }
    throw bad("it has an entity that XML does not define");
  });
}

/**
 * The tree of an XML document as object stores write it: elements and text, a declaration, comments; attributes are passed over.
 * Document types, CDATA and processing instructions are refused, so nothing can expand or reach outside.
 */
function parseXml(xml: string): Element {
  const root: Element = { name: "", children: [], text: "" };
  const open: Element[] = [root];
  const top = (): Element => open.at(-1) ?? root;
  const addText = (raw: string): void => {
    if (raw.trim() === "" && (open.length === 1 || top().children.length > 0)) return;
    if (open.length === 1) throw bad("it is not XML");
    top().text += unescapeXml(raw);
  };
  let elements = 0;
  let at = 0;
  if (xml.startsWith("\uFEFF")) at = 1;
  while (at < xml.length) {
    const start = xml.indexOf("<", at);
    addText(xml.slice(at, start < 0 ? xml.length : start));
    if (start < 0) break;
    if (xml.startsWith("<!--", start)) {
      const end = xml.indexOf("-->", start + 4);
      if (end < 0) throw bad("it ends inside a comment");
      at = end + 3;
      continue;
    }
    const end = xml.indexOf(">", start);
    if (end < 0) throw bad("it ends inside a tag");
    at = end + 1;
    const tag = xml.slice(start + 1, end);
    if (tag.startsWith("?xml ") && start <= 1) continue;
    const name = /^\/?([A-Za-z_][\w.:-]*)(?=[\s/]|$)/.exec(tag)?.[1];
    if (name === undefined) throw bad("it has a tag that a listing does not have");
    if (tag.startsWith("/")) {
      const closed = open.pop();
      if (closed === undefined || closed === root || closed.name !== name) throw bad(`</${name}> closes nothing`);
      continue;
    }
    if (open.length === 1 && root.children.length > 0) throw bad("it has more than one document");
    elements++;
    if (elements > mostElements) throw bad(`it has over ${mostElements} elements in a page`);
    const element: Element = { name, children: [], text: "" };
    top().children.push(element);
    if (!tag.endsWith("/")) open.push(element);
    if (open.length > depthLimit) throw bad("it is nested too deep");
  }
  if (open.length !== 1) throw bad("it is cut off");
  const document = root.children[0];
  if (document === undefined) throw bad("it is empty");
  return document;
}

function child(element: Element, name: string): string | null {
  const found = element.children.filter((one) => one.name === name);
  if (found.length > 1) throw bad(`<${element.name}> has several <${name}>`);
  return found[0]?.text ?? null;
}

function required(element: Element, name: string): string {
  const text = child(element, name);
  if (text === null) throw bad(`<${element.name}> has no <${name}>`);
  return text;
}

function decodeKey(key: string, encoded: boolean): string {
  if (!encoded) return key;
  try {
    return decodeURIComponent(key.replaceAll("+", "%20"));
  } catch {
    throw bad("a key is not encoded as it says");
  }
}

/**
 * Reads one answer of S3's ListObjectsV2 (API version 2006-03-01).
 * @throws ScidocsError `UNAVAILABLE` when it is anything else, with the store's own reason where it gives one
 */
export function parseListing(xml: string): ListingPage {
  const document = parseXml(xml);
  if (document.name === "Error") {
    const [code, message] = ["Code", "Message"].map((name) => printable(child(document, name) ?? "no reason given"));
    throw new ScidocsError("UNAVAILABLE", `the store says: ${code}: ${message}`);
  }
  if (document.name !== "ListBucketResult") throw bad(`it is a <${document.name}>, not a <ListBucketResult>`);
  const encoded = child(document, "EncodingType") === "url";
  const objects = document.children
    .filter((element) => element.name === "Contents")
    .map((element): StoredObject => {
      const size = required(element, "Size").trim();
      if (!/^\d{1,15}$/.test(size)) throw bad("a size is not a number");
      const etag = required(element, "ETag").trim();
      // A tag goes back into a request's header, so nothing that could break out of one may be in it.
      if (!/^(W\/)?"?[\x21\x23-\x7e]{1,200}"?$/.test(etag)) throw bad("an ETag is malformed");
      return {
        key: decodeKey(required(element, "Key"), encoded),
        size: Number(size),
        etag: etag.includes('"') ? etag : `"${etag}"`,
      };
    });
  const truncated = child(document, "IsTruncated")?.trim();
  if (truncated !== undefined && truncated !== "true" && truncated !== "false") {
    throw bad("<IsTruncated> is neither true nor false");
  }
  const token = child(document, "NextContinuationToken");
  if (truncated === "true" && (token === null || token === "")) throw bad("more pages are promised without a token");
  if (token !== null && token.length > longestToken) throw bad("its token is longer than an address");
  return { objects, nextToken: truncated === "true" ? token : null };
}
