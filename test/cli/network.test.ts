import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { freshFolder, main, startScidocs } from "./runScidocs.ts";

const folder = freshFolder();
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** Starts a server for this test and returns its address. */
async function serve(answer: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const listing = (size: number): string =>
  `<ListBucketResult><Contents><Key>specter/scidocs/mag/train.csv</Key><Size>${size}</Size><ETag>"${"0".repeat(32)}"</ETag></Contents></ListBucketResult>`;
const isListing = ({ url }: IncomingMessage): boolean => url?.includes("list-type") === true;
const pull = (url: string, ...more: string[]): string[] => ["data", "pull", "--from", url, ...more];

describe("a server that lets its clients wait", () => {
  test("is told with the time that it asks for, and Ctrl-C ends the wait", async () => {
    const { url } = await serve((_, response) => void response.writeHead(503, { "retry-after": "60" }).end());
    const child = spawn(process.execPath, [main, ...pull(url)], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
      if (/asks to wait/.test(stderr)) child.kill("SIGINT");
    });
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
      child.on("close", (...ended) => resolve(ended)),
    );
    expect(stderr).toContain(
      `the listing of ${url}: the store answers 503; the server asks to wait 60 s (Ctrl-C stops, --max-wait bounds it)\ninterrupted; `,
    );
    // A shell reports both as 130.
    expect([130, "SIGINT"]).toContain(code ?? signal);
  });

  test("is given up at once when it asks for more than --max-wait", async () => {
    const { url } = await serve((_, response) => void response.writeHead(429, { "retry-after": "60" }).end());
    const { stderr, exitCode } = await startScidocs(folder, pull(url, "--max-wait", "5"));
    expect(stderr).toContain("asks to wait 60 s: longer than --max-wait allows (5 s); try again then");
    expect(exitCode).toBe(2);
  });

  const drip: RequestListener = (_, response) => {
    const timer = setInterval(() => response.write("<"), 50);
    response.on("close", () => clearInterval(timer));
  };
  test.each<[string, RequestListener]>([
    ["says nothing", () => {}],
    ["drips its listing", drip],
    [
      "drips a file",
      (request, response) => (isListing(request) ? response.end(listing(1e6)) : drip(request, response)),
    ],
  ])("is given up after --max-wait when it %s", async (_, answer) => {
    const { url } = await serve(answer);
    const { stderr, exitCode } = await startScidocs(freshFolder(), pull(url, "--max-wait", "1"));
    expect(stderr).toMatch(/gave up, for nothing came in the 1 s that --max-wait allows\n$/);
    expect(exitCode).toBe(2);
  });

  test("is given up after --max-wait when it lets an API's client wait", async () => {
    const { url } = await serve(() => {});
    writeFileSync(join(folder, "p.json"), JSON.stringify({ a: { paper_id: "a", title: "t", abstract: null } }));
    const model = ["--model", "api:specter", "--api-url", url, "--max-wait", "1"];
    const args = ["embed", ...model, "--papers", "p.json", "-o", "v.jsonl"];
    const { stderr, exitCode } = await startScidocs(folder, args);
    expect(stderr).toContain("api:specter: gave up, for nothing came in the 1 s that --max-wait allows");
    expect(exitCode).toBe(2);
  });
});

describe("the key of Semantic Scholar", () => {
  const key = "s2k-4f9Zq81LmX0a";
  writeFileSync(join(folder, "ids.txt"), `${"a".repeat(40)}\n`);
  const ask = (apiUrl: string, env: Record<string, string>, ...more: string[]) =>
    startScidocs(
      folder,
      [
        "embed",
        "--model",
        "s2:specter_v2",
        "--api-url",
        apiUrl,
        "--ids",
        "ids.txt",
        "-o",
        "v.jsonl",
        "--no-store",
        ...more,
      ],
      { S2_API_KEY: key, ...env },
    );

  test("reaches no proxy over plain http, not even for this machine, unless --insecure allows it", async () => {
    const seen: (string | string[] | undefined)[] = [];
    const proxy = await serve((request, response) => {
      seen.push(request.headers["x-api-key"]);
      response.writeHead(403).end(`who is ${request.headers["x-api-key"]}?`);
    });
    const env = { HTTP_PROXY: proxy.url, http_proxy: proxy.url, no_proxy: "", NO_PROXY: "" };
    for (const target of ["http://127.0.0.1:9", "http://localhost:9", "http://example.invalid"]) {
      const refused = await ask(target, env);
      expect(refused.stderr).toContain(`scidocs: ${target}: S2_API_KEY is not sent over plain http`);
      expect(refused.exitCode).toBe(2);
    }
    expect(seen).toEqual([]);
    const allowed = await ask("http://example.invalid", env, "--insecure");
    expect(seen).toEqual([key]);
    expect(allowed.stderr).toContain("the API refuses with 403: who is ***?");
    expect(allowed.stderr).not.toContain(key);
  });

  test("goes to https through a proxy's tunnel, which sees the host and nothing else", async () => {
    const proxy = await serve((_, response) => void response.end());
    const seen: string[] = [];
    proxy.server.on("connect", ({ url, rawHeaders }, socket) => {
      seen.push([url, ...rawHeaders].join(" "));
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    const env = { HTTPS_PROXY: proxy.url, https_proxy: proxy.url, no_proxy: "", NO_PROXY: "" };
    const { stderr, exitCode } = await ask("https://example.invalid", env, "--max-wait", "1");
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.join("\n")).toContain("example.invalid:443");
    expect(seen.join("\n") + stderr).not.toContain(key);
    expect(exitCode).toBe(2);
  });
});

test.each([["http://user:topsecret@127.0.0.1:1/b"], ["ftp://user:topsecret@host/b"], ["http://user:topsecret@ bad"]])(
  "a name and a password in --from %s are in no message",
  async (from) => {
    const env = { HTTP_PROXY: "", http_proxy: "" };
    const { stderr, stdout, exitCode } = await startScidocs(folder, pull(from, "--max-wait", "1"), env);
    expect(exitCode).toBe(2);
    expect(stderr + stdout).not.toMatch(/topsecret|user:/);
  },
);

test("memory that the system does not grant is no fault of the network, and not waited for", async () => {
  const { url } = await serve(() => {});
  writeFileSync(join(folder, "one.json"), '{"a": {"paper_id": "a", "title": "A", "abstract": null}}');
  // What a limit on address space does to the reader of answers, whenever it comes.
  const refuse =
    'WebAssembly.Instance = function () { throw new RangeError("WebAssembly.Instance(): Out of memory: none") }';
  const first = ["--import", `data:text/javascript,${encodeURIComponent(refuse)}`];
  const flags = `embed --model api:specter --api-url ${url} --papers one.json -o v.npy --no-store`.split(" ");
  const { status, stderr } = spawnSync(process.execPath, [...first, main, ...flags], { cwd: folder, encoding: "utf8" });
  expect(stderr).toMatch(/the system grants no more memory .* lift the limit on address space/);
  expect(stderr).not.toContain("gave up");
  expect(status).toBe(2);
});
