import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RetryPolicy } from "../../../src/network/retry.ts";

/** Something that goes wrong with one answer. */
export type Fault =
  | { readonly kind: "status"; readonly status: number; readonly retryAfter?: string }
  /** The connection is cut after so many bytes of the body. */
  | { readonly kind: "drop"; readonly after: number }
  /** Nothing more comes after so many bytes. */
  | { readonly kind: "stall"; readonly after: number }
  /** One byte of the body is turned over. */
  | { readonly kind: "corrupt"; readonly at: number }
  | { readonly kind: "ignore-range" }
  /** A Content-Length that is not the object's, with as many bytes. */
  | { readonly kind: "length"; readonly by: number }
  /** More bytes than promised anywhere, without a Content-Length. */
  | { readonly kind: "oversize"; readonly by: number }
  | { readonly kind: "wrong-range" }
  | { readonly kind: "redirect"; readonly to: string };

/** One request as the store saw it. */
export interface SeenRequest {
  readonly key: string | null;
  readonly range: string | null;
  readonly ifMatch: string | null;
  readonly token: string | null;
}

export interface FaultyStore {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** The object's bytes; may be changed between requests. */
  readonly objects: Map<string, Buffer>;
  /** ETags that are not the MD5 of the bytes. */
  readonly etags: Map<string, string>;
  readonly close: () => Promise<void>;
}

const escapeXml = (text: string): string => text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** A local object store that lists in pages and serves ranges, and does what `faultOf` says instead where it says something. */
export async function faultyStore(
  objects: Readonly<Record<string, Buffer>>,
  faultOf: (request: SeenRequest, nth: number) => Fault | null = () => null,
  pageSize = 1000,
  /** How the store writes an ETag in an answer's head. */
  etagMarks: (etag: string) => string = (etag) => etag,
): Promise<FaultyStore> {
  const store = new Map(Object.entries(objects));
  const etags = new Map<string, string>();
  const seen: SeenRequest[] = [];
  const timesAsked = new Map<string, number>();
  const etagOf = (key: string): string =>
    etags.get(key) ??
    `"${createHash("md5")
      .update(store.get(key) ?? "")
      .digest("hex")}"`;

  const list = (url: URL, response: ServerResponse): void => {
    const keys = [...store.keys()].filter((key) => key.startsWith(url.searchParams.get("prefix") ?? "")).sort();
    const from = Number(url.searchParams.get("continuation-token") ?? "0");
    const page = keys.slice(from, from + pageSize);
    const more = from + pageSize < keys.length;
    const contents = page.map(
      (key) =>
        `<Contents><Key>${escapeXml(key)}</Key><LastModified>2020-05-05T00:00:00.000Z</LastModified>` +
        `<ETag>${escapeXml(etagOf(key))}</ETag><Size>${store.get(key)?.length ?? 0}</Size></Contents>`,
    );
    response.writeHead(200, { "content-type": "application/xml" });
    response.end(
      `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
        `<Name>b</Name><KeyCount>${page.length}</KeyCount><IsTruncated>${more}</IsTruncated>` +
        `${more ? `<NextContinuationToken>${from + pageSize}</NextContinuationToken>` : ""}${contents.join("")}</ListBucketResult>`,
    );
  };

  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? "/", "http://store");
    const isListing = url.searchParams.get("list-type") === "2";
    const key = isListing ? null : decodeURIComponent(url.pathname.slice(1));
    const asked: SeenRequest = {
      key,
      range: request.headers.range ?? null,
      ifMatch: request.headers["if-match"] ?? null,
      token: url.searchParams.get("continuation-token"),
    };
    const nth = (timesAsked.get(key ?? "") ?? 0) + 1;
    timesAsked.set(key ?? "", nth);
    seen.push(asked);
    const fault = faultOf(asked, nth);
    if (fault?.kind === "status") {
      response.writeHead(fault.status, fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter });
      response.end();
      return;
    }
    if (fault?.kind === "redirect") {
      response.writeHead(307, { location: fault.to });
      response.end();
      return;
    }
    if (key === null) {
      list(url, response);
      return;
    }
    const whole = store.get(key);
    if (whole === undefined) {
      response.writeHead(404).end();
      return;
    }
    if (asked.ifMatch !== null && asked.ifMatch !== etagOf(key)) {
      response.writeHead(412).end();
      return;
    }
    const range = fault?.kind === "ignore-range" ? null : /^bytes=(\d+)-$/.exec(asked.range ?? "");
    const from = range === null ? 0 : Number(range[1]);
    if (range !== null && from >= whole.length) {
      response.writeHead(416).end();
      return;
    }
    let body = whole.subarray(from);
    if (fault?.kind === "corrupt") {
      body = Buffer.from(body);
      const at = fault.at - from;
      if (at >= 0 && at < body.length) body.writeUInt8(body.readUInt8(at) ^ 0xff, at);
    }
    if (fault?.kind === "length") {
      body = fault.by < 0 ? body.subarray(0, fault.by) : Buffer.concat([body, Buffer.alloc(fault.by)]);
    }
    const headers: Record<string, string> = { etag: etagMarks(etagOf(key)), "content-length": String(body.length) };
    const shift = fault?.kind === "wrong-range" ? 1 : 0;
    if (range !== null) headers["content-range"] = `bytes ${from + shift}-${whole.length - 1}/${whole.length}`;
    if (fault?.kind === "oversize") {
      delete headers["content-length"];
      body = Buffer.concat([body, Buffer.alloc(fault.by)]);
    }
    response.writeHead(range === null ? 200 : 206, headers);
    if (fault?.kind === "drop") {
      response.write(body.subarray(0, fault.after), () => response.destroy());
    } else if (fault?.kind === "stall") {
      response.write(body.subarray(0, fault.after));
    } else {
      response.end(body);
    }
  };

  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    objects: store,
    etags,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A retry policy that does not wait but writes down how long it would have. */
export function impatient(): RetryPolicy & { readonly waits: number[] } {
  const waits: number[] = [];
  return {
    attempts: 8,
    firstWaitMs: 500,
    longestWaitMs: 30_000,
    maxWaitMs: 600_000,
    sleep: async (ms) => {
      waits.push(ms);
    },
    random: () => 0.5,
    waits,
  };
}

/** Bytes that look random and are the same every time. */
export function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
