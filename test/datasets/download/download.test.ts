import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type PullOptions, pullDataset } from "../../../src/datasets/download/download.ts";
import type { PullPlan } from "../../../src/datasets/download/downloadPlan.ts";
import { openNetwork } from "../../../src/network/network.ts";
import { scidocsStore } from "../../../src/suites/scidocs/store.ts";
import { type Fault, type FaultyStore, faultyStore, impatient, noise, type SeenRequest } from "./faultyStore.ts";

const prefix = "specter/scidocs/";
const big = `${prefix}paper_metadata_mag_mesh.json`;
const small = `${prefix}mag/train.csv`;
const contents = {
  [prefix]: Buffer.alloc(0),
  [big]: noise(3_000_000, 1),
  [`${prefix}paper_metadata_recomm.json`]: noise(200_000, 2),
  [small]: noise(50_000, 3),
  [`${prefix}cite/test.qrel`]: noise(70_000, 4),
  [`${prefix}recomm/propensity_scores.json`]: noise(100, 5),
  [`${prefix}specter-embeddings/cls.jsonl`]: noise(90_000, 6),
  [`${prefix}empty.txt`]: Buffer.alloc(0),
};
const defaultPaths = Object.keys(contents)
  .filter((key) => key !== prefix && !key.includes("specter-embeddings"))
  .map((key) => key.slice(prefix.length))
  .sort();

let target: string;
let store: FaultyStore;
const network = openNetwork({ env: {} });
/** For stores that stall: anywhere else a busy machine could be taken for one. */
const hasty = openNetwork({ env: {}, stallMs: 400 });
beforeEach(() => {
  target = join(mkdtempSync(join(tmpdir(), "scidocs-pull-")), "data");
});
afterEach(async () => {
  await store.close();
  rmSync(dirname(target), { recursive: true, force: true });
});

const pull = (options: Partial<PullOptions> = {}) =>
  pullDataset({ target, store: scidocsStore, from: store.url, network, retry: impatient(), ...options });

function filesThere(): string[] {
  if (!existsSync(target)) return [];
  return readdirSync(target, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => join(entry.parentPath, entry.name).slice(target.length + 1))
    .sort();
}

function expectWhole(paths: readonly string[] = defaultPaths): void {
  expect(filesThere()).toEqual(paths);
  for (const path of paths) {
    expect(readFileSync(join(target, path)).equals(store.objects.get(prefix + path) as Buffer), path).toBe(true);
  }
}

test("a listing without end is given up, and an address is shown without its password", async () => {
  store = await faultyStore(contents);
  let pages = 0;
  const endless = createServer((_request, response) => {
    const keys = Array.from(
      { length: 1000 },
      (_, index) => `<Contents><Key>${prefix}${pages}-${index}</Key><Size>1</Size><ETag>"0"</ETag></Contents>`,
    );
    pages++;
    response.end(
      `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>${pages}</NextContinuationToken>${keys.join("")}</ListBucketResult>`,
    );
  });
  await new Promise<void>((resolve) => endless.listen(0, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(endless.address() as AddressInfo).port}`;
  await expect(pull({ from: `http://${address}` })).rejects.toMatchObject({
    code: "UNAVAILABLE",
    message: /over 20000 keys/,
  });
  expect(pages).toBeLessThan(25);
  const refusing = createServer((_request, response) => {
    response.statusCode = 404;
    response.end();
  });
  await new Promise<void>((resolve) => refusing.listen(0, "127.0.0.1", resolve));
  const from = `http://user:secret@127.0.0.1:${(refusing.address() as AddressInfo).port}`;
  const failure = await pull({ from }).catch((error: Error) => error);
  expect(String(failure)).toMatch(/answers 404/);
  expect(String(failure)).not.toContain("secret");
  for (const server of [endless, refusing]) {
    server.closeAllConnections();
    server.close();
  }
});

/** A fault of the first answers for one key. */
const first =
  (key: string, ...faults: Fault[]) =>
  (request: SeenRequest, nth: number): Fault | null =>
    request.key === key ? (faults[nth - 1] ?? null) : null;

describe("a store without faults", () => {
  test("everything but the published vectors comes, each file once and whole", async () => {
    store = await faultyStore(contents);
    const report = await pull();
    expectWhole();
    expect(report.fetched).toEqual(defaultPaths);
    expect(report.retries).toBe(0);
    expect(report.receivedBytes).toBe(report.plan.totalBytes);
    expect(report.plan.notAsked).toEqual({ files: 1, bytes: 90_000 });
    expect(existsSync(join(target, ".scidocs-pull.lock"))).toBe(false);
  });

  test("a listing in pages of two is followed to its end", async () => {
    store = await faultyStore(contents, () => null, 2);
    await pull();
    expectWhole();
    expect(store.seen.filter((request) => request.key === null).map((request) => request.token)).toEqual([
      null,
      "2",
      "4",
      "6",
    ]);
  });

  test("groups choose files, and recomm brings the metadata it needs", async () => {
    store = await faultyStore(contents);
    await pull({ only: ["recomm", "specter-embeddings"] });
    expectWhole(["paper_metadata_recomm.json", "recomm/propensity_scores.json", "specter-embeddings/cls.jsonl"]);
  });

  test("a second pull asks for the listing and nothing else", async () => {
    store = await faultyStore(contents);
    await pull();
    store.seen.length = 0;
    const report = await pull();
    expect(store.seen.map((request) => request.key)).toEqual([null]);
    expect(report.present).toEqual(defaultPaths);
    expect(report.plan.bytesToFetch).toBe(0);
  });

  test("the plan is told first and can end the call before anything is changed", async () => {
    store = await faultyStore(contents);
    const plans: PullPlan[] = [];
    const report = await pull({
      onPlan: (plan) => {
        plans.push(plan);
        return false;
      },
    });
    expect(report.fetched).toEqual([]);
    expect(existsSync(target)).toBe(false);
    expect(plans[0]?.files.map((file) => file.path)).toEqual(defaultPaths);
    expect(plans[0]?.bytesToFetch).toBe(plans[0]?.totalBytes);
    expect(plans[0]?.bytesFree).toBeGreaterThan(0);
  });

  test("progress counts bytes up to the whole", async () => {
    store = await faultyStore(contents);
    const events: { done: number; total: number; unit: string }[] = [];
    await pullDataset(
      { target, store: scidocsStore, from: store.url, network, retry: impatient() },
      { onProgress: (event) => events.push(event) },
    );
    const total = defaultPaths.reduce((sum, path) => sum + (store.objects.get(prefix + path)?.length ?? 0), 0);
    expect(events.at(-1)).toEqual({ stage: "downloading", done: total, total, unit: "bytes" });
    expect(events.every((event) => event.done <= event.total && event.unit === "bytes")).toBe(true);
  });

  test("a file put there by hand is taken when its bytes are right", async () => {
    store = await faultyStore(contents);
    mkdirSync(join(target, "mag"), { recursive: true });
    writeFileSync(join(target, "mag/train.csv"), contents[small] as Buffer);
    const report = await pull();
    expect(report.present).toEqual(["mag/train.csv"]);
    expect(store.seen.some((request) => request.key === small)).toBe(false);
  });

  test.each([
    ["of another size", Buffer.from("mine")],
    ["of the same size", noise(50_000, 99)],
  ])("a file of the user's own, %s, is in the way until --overwrite", async (_, mine) => {
    store = await faultyStore(contents);
    mkdirSync(join(target, "mag"), { recursive: true });
    writeFileSync(join(target, "mag/train.csv"), mine);
    await expect(pull()).rejects.toMatchObject({ code: "BAD_INPUT", message: /mag\/train\.csv differs.*--overwrite/s });
    expect(readFileSync(join(target, "mag/train.csv")).equals(mine)).toBe(true);
    await pull({ overwrite: true });
    expectWhole();
  });

  test("a file that changed in the store since the last pull is replaced", async () => {
    store = await faultyStore(contents);
    await pull();
    store.objects.set(small, noise(60_000, 7));
    const report = await pull();
    expect(report.fetched).toEqual(["mag/train.csv"]);
    expectWhole();
  });

  test("a multipart ETag is no MD5: the size is checked and the report says so", async () => {
    store = await faultyStore(contents);
    store.etags.set(big, '"0123456789abcdef0123456789abcdef-12"');
    const report = await pull();
    expect(report.sizeOnly).toEqual(["paper_metadata_mag_mesh.json"]);
    expectWhole();
  });

  test.each([
    ["without quotes", (etag: string) => etag.replaceAll('"', "")],
    ["as weak ones", (etag: string) => `W/${etag}`],
  ])("a store or proxy that writes ETags %s is understood", async (_, marks) => {
    store = await faultyStore(contents, () => null, 1000, marks);
    await pull();
    expectWhole();
  });

  test("more than the disk holds is refused before anything is fetched", async () => {
    store = await faultyStore({});
    const listing = `<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>${big}</Key><ETag>"e"</ETag><Size>900000000000000</Size></Contents></ListBucketResult>`;
    const send = network.send;
    const lying = {
      ...network,
      send: async (...args: Parameters<typeof send>) => {
        const response = await send(...args);
        await response.discard();
        return {
          ...response,
          status: 200,
          body: (async function* () {
            yield Buffer.from(listing);
          })(),
        };
      },
    };
    await expect(pull({ network: lying })).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: /disk has \d+ MiB free/,
    });
    expect(existsSync(target)).toBe(false);
  });
});

describe("a store with faults", () => {
  test.each<[string, Fault[]]>([
    [
      "drops the connection twice",
      [
        { kind: "drop", after: 700_000 },
        { kind: "drop", after: 1 },
      ],
    ],
    ["answers 500, 503 and 429", [500, 503, 429].map((status) => ({ kind: "status", status }) as const)],
    ["stalls in the middle", [{ kind: "stall", after: 100_000 }]],
    ["stalls before the first byte", [{ kind: "stall", after: 0 }]],
    ["ignores the range", [{ kind: "drop", after: 500_000 }, { kind: "ignore-range" }]],
    ["announces too few bytes", [{ kind: "length", by: -5 }]],
    ["announces too many bytes", [{ kind: "length", by: 5 }]],
    ["sends too many bytes", [{ kind: "oversize", by: 5 }]],
    ["corrupts a byte", [{ kind: "corrupt", at: 1_234_567 }]],
    ["answers another range", [{ kind: "drop", after: 500_000 }, { kind: "wrong-range" }]],
  ])("a store that %s still gives the right bytes", async (_, faults) => {
    store = await faultyStore(contents, first(big, ...faults));
    const report = await pull({ network: hasty });
    expectWhole();
    expect(report.retries + report.restarts).toBeGreaterThan(0);
  });

  test("after a drop only the rest is asked for, and only of the same version", async () => {
    store = await faultyStore(contents, first(big, { kind: "drop", after: 2_000_000 }));
    const report = await pull();
    const [, again] = store.seen.filter((request) => request.key === big);
    expect(Number(/^bytes=(\d+)-$/.exec(again?.range ?? "")?.[1])).toBeGreaterThan(0);
    expect(again?.ifMatch).toMatch(/^"[0-9a-f]{32}"$/);
    expect(report.receivedBytes).toBe(report.plan.totalBytes);
  });

  test("waits double with jitter, and Retry-After is honoured", async () => {
    const retry = impatient();
    store = await faultyStore(
      contents,
      first(
        small,
        { kind: "status", status: 500 },
        { kind: "status", status: 429, retryAfter: "7" },
        { kind: "status", status: 503 },
      ),
    );
    await pull({ retry, only: ["labels"] });
    expect(retry.waits).toEqual([375, 7000, 1500]);
  });

  test("a store that stays broken is given up, and a second pull goes on from what came", async () => {
    let broken = true;
    store = await faultyStore(contents, (request, nth) =>
      broken && request.key === big
        ? nth === 1
          ? { kind: "drop", after: 1_500_000 }
          : { kind: "status", status: 503 }
        : null,
    );
    await expect(pull()).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: /paper_metadata_mag_mesh\.json: gave up after 8 tries: the store answers 503/,
    });
    expect(filesThere().filter((path) => path.startsWith("paper_metadata_mag_mesh"))).toEqual([
      expect.stringMatching(/^paper_metadata_mag_mesh\.json\.[0-9a-f]{12}\.part$/),
    ]);
    broken = false;
    const report = await pull();
    expect(report.resumedBytes).toBeGreaterThan(1_000_000);
    expectWhole();
  });

  test("a store that always breaks off after some progress, and ignores ranges, is given up too", async () => {
    store = await faultyStore(contents, (request) =>
      request.key === big
        ? request.range === null
          ? { kind: "drop", after: 1_500_000 }
          : { kind: "status", status: 416 }
        : null,
    );
    await expect(pull()).rejects.toMatchObject({ code: "UNAVAILABLE", message: /gave up after 8 tries/ });
  });

  test("bytes that never match are an error that names both sums, and nothing stays under the file's name", async () => {
    store = await faultyStore(contents, (request) => (request.key === big ? { kind: "corrupt", at: 10 } : null));
    await expect(pull()).rejects.toMatchObject({
      message: /came 3 times and its bytes have MD5 [0-9a-f]{32}, the store says/,
    });
    expect(existsSync(join(target, "paper_metadata_mag_mesh.json"))).toBe(false);
  });

  test("a wrong byte in what an earlier run left is found, and the file begun anew", async () => {
    let broken = true;
    store = await faultyStore(contents, (request, nth) =>
      broken && request.key === big
        ? nth === 1
          ? { kind: "drop", after: 1_500_000 }
          : { kind: "status", status: 404 }
        : null,
    );
    await expect(pull()).rejects.toMatchObject({ code: "UNAVAILABLE", message: /answers 404/ });
    broken = false;
    const part = join(target, filesThere().find((path) => /mag_mesh.*\.part$/.test(path)) ?? "");
    const bytes = readFileSync(part);
    bytes.writeUInt8(bytes.readUInt8(77) ^ 1, 77);
    writeFileSync(part, bytes);
    const report = await pull();
    expect(report.restarts).toBe(1);
    expectWhole();
  });

  test("an object that changes between two runs is not mixed with its old bytes", async () => {
    let broken = true;
    store = await faultyStore(contents, (request, nth) =>
      broken && request.key === big
        ? nth === 1
          ? { kind: "drop", after: 1_500_000 }
          : { kind: "status", status: 403 }
        : null,
    );
    await expect(pull()).rejects.toMatchObject({ code: "UNAVAILABLE", message: /answers 403/ });
    broken = false;
    store.objects.set(big, noise(3_000_000, 11));
    const report = await pull();
    // Small files that were under way when the first pull ended may go on; the old 1.5 MB of the large one may not.
    expect(report.resumedBytes).toBeLessThan(1_000_000);
    expectWhole();
  });

  test("an object that changes during the pull is a clear error, and the next pull gets the new one", async () => {
    store = await faultyStore(contents, (request, nth) => {
      if (request.key === big && nth === 1) return { kind: "drop", after: 1_500_000 };
      if (request.key === big && nth === 2) store.objects.set(big, noise(3_000_000, 12));
      return null;
    });
    await expect(pull()).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: /has changed in the store.*run this again/,
    });
    await pull();
    expectWhole();
  });

  test("a listing that fails twice is asked again", async () => {
    store = await faultyStore(contents, (request, nth) =>
      request.key === null && nth < 3 ? { kind: "status", status: 500 } : null,
    );
    await pull();
    expectWhole();
  });

  test("a redirect is followed", async () => {
    store = await faultyStore(contents, (request, nth) =>
      request.key === small && nth === 1 ? { kind: "redirect", to: `/${small}` } : null,
    );
    await pull();
    expectWhole();
  });

  test("an interrupted pull keeps its bytes", async () => {
    const stop = new AbortController();
    store = await faultyStore(contents, first(big, { kind: "stall", after: 2_500_000 }));
    const result = pullDataset(
      {
        target,
        store: scidocsStore,
        from: store.url,
        network: openNetwork({ env: {}, stallMs: 20_000 }),
        retry: impatient(),
      },
      { signal: stop.signal },
    );
    await expect.poll(() => store.seen.some((request) => request.key === big), { interval: 5 }).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 300));
    stop.abort();
    await expect(result).rejects.toMatchObject({ code: "INTERRUPTED" });
    const report = await pull();
    expect(report.resumedBytes).toBeGreaterThan(1_000_000);
    expectWhole();
  });

  test("two pulls into one folder: the second says so", async () => {
    store = await faultyStore(contents, first(big, { kind: "stall", after: 100_000 }));
    const one = pull({ network: hasty });
    await expect.poll(() => existsSync(join(target, ".scidocs-pull.lock")), { interval: 5 }).toBe(true);
    await expect(pull()).rejects.toMatchObject({ code: "UNAVAILABLE", message: /another pull \(process \d+\)/ });
    await one;
    expectWhole();
  });

  test("the lock of a process that has ended is taken over", async () => {
    store = await faultyStore(contents);
    mkdirSync(target, { recursive: true });
    const gone = { pid: process.pid, host: hostname(), started: "before the last restart" };
    writeFileSync(join(target, ".scidocs-pull.lock"), JSON.stringify(gone));
    await pull();
    expectWhole();
  });
});

describe("a folder that a stranger prepared", () => {
  const partOf = (key: string): string => {
    const etag = `"${createHash("md5").update(store.objects.get(key)!).digest("hex")}"`;
    const version = createHash("sha256").update(etag).digest("hex").slice(0, 12);
    return join(target, `${key.slice(prefix.length)}.${version}.part`);
  };

  test.each(["a link", "a pipe"])(
    "%s where the first bytes of a file are kept is refused, not followed",
    async (kind) => {
      store = await faultyStore(contents);
      const part = partOf(small);
      mkdirSync(dirname(part), { recursive: true });
      const victim = join(dirname(target), "victim");
      if (kind === "a link") symlinkSync(victim, part);
      else execFileSync("mkfifo", [part]);
      await expect(pull()).rejects.toMatchObject({
        code: "BAD_INPUT",
        message: /\.part: is no plain file.*; delete it$/,
      });
      expect(existsSync(victim)).toBe(false);
    },
  );

  test("a link in the place of a pull's notes is refused, not followed", async () => {
    store = await faultyStore(contents);
    mkdirSync(target, { recursive: true });
    const victim = join(dirname(target), "victim");
    symlinkSync(victim, join(target, ".scidocs-pull.json"));
    await expect(pull()).rejects.toMatchObject({ code: "BAD_INPUT", message: /pull\.json: is a link.*; delete it$/ });
    expect(existsSync(victim)).toBe(false);
  });

  test.each([
    ["a list in a list in a list", "[".repeat(3_000_000)],
    ["entries of another kind", JSON.stringify(Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [at, 1])))],
    ["nothing that was pulled", "null"],
    ["more bytes than notes have", JSON.stringify({ long: "x".repeat(5_000_000) })],
  ])("notes that are %s count as none", async (_, text) => {
    store = await faultyStore(contents);
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, ".scidocs-pull.json"), text);
    await pull();
    expectWhole();
  });

  test("a lock of gigabytes is an error, and is not read", async () => {
    store = await faultyStore(contents);
    mkdirSync(target, { recursive: true });
    const lock = join(target, ".scidocs-pull.lock");
    writeFileSync(lock, "");
    truncateSync(lock, 2 ** 32);
    await expect(pull()).rejects.toMatchObject({ code: "BAD_INPUT", message: /is no lock: it is longer than one/ });
  });
});

describe("a store that is not to be trusted", () => {
  test.each(["../evil", "a/../../evil", "/etc/evil", "a\\..\\evil", "c:evil", "line\nbreak", "\u001b[2Jred", "a//b"])(
    "the key %j never becomes a file",
    async (name) => {
      store = await faultyStore({ ...contents, [prefix + name]: Buffer.from("x") });
      const failure = await pull().catch((error: Error) => error);
      expect(failure).toMatchObject({ code: "UNAVAILABLE" });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
      expect((failure as Error).message).not.toMatch(/[\u0000-\u001f]/);
      expect(existsSync(target)).toBe(false);
      expect(existsSync(join(dirname(target), "evil"))).toBe(false);
    },
  );

  test("a name that is kept for something else is left out and told", async () => {
    store = await faultyStore({
      ...contents,
      [`${prefix}.DS_Store`]: Buffer.from("x"),
      [`${prefix}mag/con`]: Buffer.from("x"),
    });
    const report = await pull();
    expect([...report.plan.leftOut].sort()).toEqual([".DS_Store", "mag/con"]);
    expectWhole();
  });

  test("a file that is a folder as well is refused", async () => {
    store = await faultyStore({ ...contents, [`${prefix}mag`]: Buffer.from("x") });
    await expect(pull()).rejects.toMatchObject({ message: /mag is a file and a folder/ });
  });

  test("a page that is no listing is a clear error", async () => {
    store = await faultyStore(contents, (request) => (request.key === null ? { kind: "status", status: 403 } : null));
    await expect(pull()).rejects.toMatchObject({ code: "UNAVAILABLE", message: /answers 403 to the listing/ });
  });

  test("a bucket without the dataset is a clear error", async () => {
    store = await faultyStore({ "other/thing": Buffer.from("x") });
    await expect(pull()).rejects.toMatchObject({ code: "NOT_FOUND", message: /nothing of what was asked for/ });
  });
});

test("offline, nothing is asked and the error says how to go online", async () => {
  store = await faultyStore(contents);
  await expect(pull({ network: openNetwork({ offline: true }) })).rejects.toMatchObject({
    code: "UNAVAILABLE",
    message: /offline/,
  });
  expect(store.seen).toEqual([]);
});

test("a URL that is none is a usage error", async () => {
  store = await faultyStore(contents);
  await expect(pull({ from: "ftp://x" })).rejects.toMatchObject({ code: "USAGE" });
});
