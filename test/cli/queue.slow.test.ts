import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, describe, expect, it } from "vitest";
import { hasRedis, type RedisServer, startRedis } from "../embed/runners/queue/redisServer.ts";
import { sharedPath } from "../shared.ts";
import { freshFolder, main, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();
const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
});

interface Started {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<number | null>;
  /** Waits until it has said something. */
  readonly says: (pattern: RegExp) => Promise<void>;
}

/** Starts the program and lets it run. */
function start(args: readonly string[], env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1", XDG_CACHE_HOME: join(folder, ".cache"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  const ended = once(child, "close").then(([code]) => code as number | null);
  const says = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(said)) {
      if (child.exitCode !== null) throw new Error(`ended before it said ${pattern}: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return { child, said: () => said, ended, says };
}

async function withRedis(settings: readonly string[] | undefined, use: (redis: RedisServer) => Promise<void>) {
  const redis = await startRedis(settings);
  try {
    await use(redis);
  } finally {
    await redis.stop();
  }
}

/** Waits until so many parcels' results have been taken, told by what the coordinator's store holds. */
async function untilStored(store: string, vectors: number): Promise<void> {
  for (;;) {
    const { stdout } = runScidocs(folder, ["store", "info", store, "--json"]);
    if (stdout !== "" && JSON.parse(stdout)[0].vectors >= vectors) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Waits until a store's segments have so many bytes; at once, so that a run can be killed long before it has everything. */
async function untilBytes(store: string, bytes: number): Promise<void> {
  const place = join(folder, store);
  const size = (): number =>
    existsSync(place)
      ? readdirSync(place, { recursive: true, encoding: "utf8" })
          .filter((name) => name.endsWith(".vectors"))
          .reduce((sum, name) => sum + (statSync(join(place, name), { throwIfNoEntry: false })?.size ?? 0), 0)
      : 0;
  while (size() < bytes) await new Promise((resolve) => setTimeout(resolve, 2));
}

const mini = join(import.meta.dirname, "../../models/mini");
const miniPapers = join(import.meta.dirname, "../../datasets/mini/paper_metadata_view_cite_read.json");
const minilm = sharedPath("models/all-MiniLM-L6-v2-q4");
const realPapers = sharedPath("data/real-sample/paper_metadata_view_cite_read.json");
const hasMiniLm = existsSync(minilm);
if (!hasMiniLm) console.warn("../shared has no MiniLM: the queue is tested with the mini model alone");

const local = (name: string, model: readonly string[], papers: string): Buffer => {
  const args = ["embed", ...model, "--papers", papers, "--no-store", "--threads", "1", "-o", `${name}.npy`];
  expect(runScidocs(folder, args).exitCode).toBe(0);
  return readFileSync(join(folder, `${name}.npy`));
};

describe.skipIf(!hasRedis)("embedding over a queue", () => {
  const cases: [string, readonly string[], string, number][] = [["mini", ["--model", mini], miniPapers, 64]];
  if (hasMiniLm) cases.push(["MiniLM", ["--model", minilm, "--pooling", "mean"], realPapers, 96]);

  it.each(cases)(
    "%s: gives the local run's bytes, though a worker is killed, one is stopped, and Redis is killed and started",
    async (name, model, papers, early) => {
      const expected = local(`local-${name}`, model, papers);
      await withRedis(undefined, async (redis) => {
        const workers = ["a", "b", "c"].map((worker) =>
          start(["worker", "--queue", redis.url, ...model, "--name", worker]),
        );
        await Promise.all(workers.map(({ says }) => says(/ready/)));
        const [a, b, c] = workers as [Started, Started, Started];
        const store = `store-${name}`;
        const output = ["--store", store, "-o", `queue-${name}.npy`];
        const run = start(["embed", ...model, "--papers", papers, "--queue", redis.url, ...output]);
        await untilStored(store, early);
        a.child.kill("SIGKILL");
        await untilStored(store, 2 * early);
        b.child.kill("SIGTERM");
        await redis.kill();
        await new Promise((resolve) => setTimeout(resolve, 1500));
        await redis.start();
        expect(await run.ended, run.said()).toBe(0);
        expect(readFileSync(join(folder, `queue-${name}.npy`)).equals(expected)).toBe(true);
        expect(await b.ended, b.said()).toBe(0);
        c.child.kill("SIGTERM");
        expect(await c.ended, c.said()).toBe(0);
        expect(c.said()).toMatch(/\d+ papers embedded in/);
      });
    },
  );

  it("goes on where a run was killed, with what workers have finished meanwhile, and leaves nothing behind", async () => {
    const model = ["--model", mini];
    const expected = local("local-again", model, miniPapers);
    await withRedis(undefined, async (redis) => {
      const worker = start(["worker", "--queue", redis.url, ...model, "--name", "w"]);
      await worker.says(/ready/);
      const args = [
        "embed",
        ...model,
        "--papers",
        miniPapers,
        "--queue",
        redis.url,
        "--store",
        "again",
        "-o",
        "again.npy",
      ];
      const first = start(args);
      // Whole it has 280,000, of which its plan comes first.
      await untilBytes("again", 120_000);
      first.child.kill("SIGKILL");
      await first.ended;
      const run = start(args);
      expect(await run.ended, run.said()).toBe(0);
      expect(run.said()).not.toContain(" 0 taken from the store");
      expect(readFileSync(join(folder, "again.npy")).equals(expected)).toBe(true);
      const client = new Redis(redis.port, "127.0.0.1");
      const left = (await client.keys("*")).filter((key) => !key.startsWith("scidocs:worker"));
      client.disconnect();
      expect(left).toEqual([]);
      worker.child.kill("SIGTERM");
      expect(await worker.ended).toBe(0);
    });
  });

  it("hands its work out again to a Redis that comes back empty", async () => {
    const model = ["--model", mini];
    const expected = local("local-empty", model, miniPapers);
    await withRedis(["--appendonly", "no"], async (redis) => {
      const worker = start(["worker", "--queue", redis.url, "--name", "w", "--idle-exit", "300"]);
      const run = start([
        "embed",
        ...model,
        "--papers",
        miniPapers,
        "--queue",
        redis.url,
        "--store",
        "empty",
        "-o",
        "empty.npy",
      ]);
      await untilStored("empty", 32);
      await redis.kill();
      await redis.start();
      expect(await run.ended, run.said()).toBe(0);
      expect(readFileSync(join(folder, "empty.npy")).equals(expected)).toBe(true);
      worker.child.kill("SIGTERM");
      expect(await worker.ended).toBe(0);
    });
  });

  it("gives a worker with another model nothing, and both sides say what differs", async () => {
    await withRedis(undefined, async (redis) => {
      const worker = start(["worker", "--queue", redis.url, "--model", mini, "--max-length", "100", "--name", "short"]);
      await worker.says(/ready/);
      const run = start([
        "embed",
        "--model",
        mini,
        "--papers",
        miniPapers,
        "--queue",
        redis.url,
        "--no-store",
        "-o",
        "no.npy",
      ]);
      await worker.says(/wants another model's vectors and gets none from here: maxLength 100 instead of 512/);
      await run.says(
        /no worker for this model has been at redis:.* for 30 s.*\n {2}short on \S+ has maxLength 100 instead of 512/,
      );
      run.child.kill("SIGINT");
      await run.ended;
      worker.child.kill("SIGTERM");
      expect(await worker.ended).toBe(0);
    });
  });

  it("keeps a password out of everything it says and writes, with the address or in the environment", async () => {
    const secret = "hunter2-very-secret";
    await withRedis(["--requirepass", secret], async (redis) => {
      const url = redis.url.replace("//", `//:${secret}@`);
      const worker = start(["worker", "--queue", redis.url, "--model", mini], { SCIDOCS_QUEUE_PASSWORD: secret });
      await worker.says(/ready/);
      const dataset = join(import.meta.dirname, "../../datasets/mini");
      const args = ["--model", mini, "--data", dataset, "--tasks", "cite", "--store", "secret"];
      const run = start(["run", ...args, "--queue", url, "-o", "secret.json"]);
      expect(await run.ended, run.said()).toBe(0);
      const record = readFileSync(join(folder, "secret.json"), "utf8");
      expect(record).toContain("Embedded over a queue by 1 worker: 1 of scidocs");
      worker.child.kill("SIGTERM");
      await worker.ended;
      const wrong = runScidocs(folder, ["doctor", "--queue", redis.url.replace("//", `//:${secret}x@`)]);
      expect(wrong.exitCode).toBe(2);
      const doctor = runScidocs(folder, ["doctor", "--queue", url]);
      expect(doctor.stdout).toMatch(/queue +redis:\/\/127\.0\.0\.1:\d+\/0 works/);
      for (const text of [worker.said(), run.said(), record, wrong.stderr, doctor.stdout]) {
        expect(text).not.toContain(secret);
      }
    });
  });

  it("refuses a Redis that may drop work in silence", async () => {
    await withRedis(["--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"], async (redis) => {
      const run = start([
        "embed",
        "--model",
        mini,
        "--papers",
        miniPapers,
        "--queue",
        redis.url,
        "--no-store",
        "-o",
        "x.npy",
      ]);
      expect(await run.ended).toBe(2);
      expect(run.said()).toContain("with maxmemory-policy allkeys-lru it drops work in silence");
    });
  });

  it("speaks TLS", async () => {
    const openssl = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"];
    const made = spawn(
      "openssl",
      [...openssl, "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"],
      {
        cwd: folder,
        stdio: "ignore",
      },
    );
    const [status] = (await Promise.race([once(made, "close"), once(made, "error")])) as [unknown];
    if (status !== 0) {
      console.warn("skipped: TLS, for there is no openssl");
      return;
    }
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const settings = [
      "--tls-cert-file",
      cert,
      "--tls-key-file",
      key,
      "--tls-ca-cert-file",
      cert,
      "--tls-auth-clients",
      "no",
    ];
    await withRedis(settings, async (redis) => {
      const env = { NODE_EXTRA_CA_CERTS: cert };
      const url = redis.url.replace("redis://127.0.0.1", "rediss://localhost");
      const worker = start(["worker", "--queue", url, "--model", mini], env);
      await worker.says(/ready/);
      writeFileSync(join(folder, "one.json"), JSON.stringify({ p: { title: "One paper", abstract: "About TLS." } }));
      const run = start(
        ["embed", "--model", mini, "--papers", "one.json", "--queue", url, "--no-store", "-o", "one.npy"],
        env,
      );
      expect(await run.ended, run.said()).toBe(0);
      worker.child.kill("SIGTERM");
      expect(await worker.ended).toBe(0);
    });
  });
});
