// A process that serves a folder as an object store: node store.mjs FOLDER FAILING BYTES_PER_SECOND. Prints its port, then a line with what it
// did whenever it is sent SIGUSR2. FAILING is the share of requests that fail: one half by status, the other by a cut in the middle.
import { createHash } from "node:crypto";
import { createReadStream, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { Transform } from "node:stream";

const [folder, failing, bytesPerSecond] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const prefix = "specter/scidocs/";
const files = new Map(
  readdirSync(folder).map((name) => {
    const path = join(folder, name);
    const md5 = createHash("md5").update(readFileSync(path)).digest("hex");
    return [prefix + name, { path, size: statSync(path).size, etag: `"${md5}"` }];
  }),
);

let state = 20260101;
/** A number in [0, 1), the same sequence every time. */
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}

// One budget for all connections, refilled as time goes: the line's speed, not a connection's.
let budget = 0;
let filledMs = performance.now();
function limiter() {
  return new Transform({
    highWaterMark: 1 << 18,
    transform(chunk, _, done) {
      const pay = () => {
        const now = performance.now();
        budget = Math.min(budget + ((now - filledMs) / 1000) * bytesPerSecond, bytesPerSecond / 20);
        filledMs = now;
        if (budget < 0) return setTimeout(pay, 2);
        budget -= chunk.length;
        done(null, chunk);
      };
      pay();
    },
  });
}

let requests = 0;
let failed = 0;
function list(response) {
  const contents = [...files].map(
    ([key, { size, etag }]) =>
      `<Contents><Key>${key}</Key><ETag>${etag.replaceAll('"', "&quot;")}</ETag><Size>${size}</Size></Contents>`,
  );
  response.end(`<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join("")}</ListBucketResult>`);
}

const server = createServer((request, response) => {
  const url = new URL(request.url, "http://store");
  if (url.pathname === "/") return list(response);
  const file = files.get(url.pathname.slice(1));
  if (file === undefined) return response.writeHead(404).end();
  requests++;
  const fails = random() < failing;
  if (fails) failed++;
  if (fails && random() < 0.5) return response.writeHead(random() < 0.5 ? 500 : 503).end();
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const headers = { etag: file.etag, "content-length": file.size - from };
  if (request.headers.range) headers["content-range"] = `bytes ${from}-${file.size - 1}/${file.size}`;
  response.writeHead(request.headers.range ? 206 : 200, headers);
  const end = fails ? from + Math.floor(random() * (file.size - from)) : file.size;
  const body = createReadStream(file.path, { start: from, end: Math.max(from, end - 1), highWaterMark: 1 << 18 });
  const out = Number.isFinite(bytesPerSecond) ? body.pipe(limiter()) : body;
  if (fails) out.on("end", () => response.destroy());
  out.pipe(response, { end: !fails });
  response.on("close", () => body.destroy());
});
process.on("SIGUSR2", () => process.stdout.write(`${JSON.stringify({ requests, failed })}\n`));
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
