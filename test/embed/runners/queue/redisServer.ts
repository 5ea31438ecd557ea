import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether there is a Redis to test with; REDIS_SERVER names another program. */
const program = process.env.REDIS_SERVER ?? "redis-server";
export const hasRedis = spawnSync(program, ["--version"]).status === 0;
if (!hasRedis) console.warn(`skipped: tests of the queue, for there is no ${program} (REDIS_SERVER names another)`);

/** A port of the loopback address that is free now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A Redis of a test's own on the loopback address. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Ends it at once, as a power cut would. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same port, with what it had kept. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts a Redis that keeps what it is told on disk (append-only file), unless `settings` say otherwise. */
export async function startRedis(settings: readonly string[] = ["--appendonly", "yes"]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "scidocs-redis-"));
  const port = await freePort();
  let child: ChildProcess | null = null;
  const start = async (): Promise<void> => {
    // With a certificate, the port speaks TLS and nothing else does.
    const ports = settings.includes("--tls-cert-file")
      ? ["--port", "0", "--tls-port", String(port)]
      : ["--port", String(port)];
    const args = [...ports, "--bind", "127.0.0.1", "--dir", folder, "--save", "", ...settings];
    child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    for await (const chunk of child.stdout!) {
      said += String(chunk);
      if (said.includes("Ready to accept connections")) break;
    }
    if (!said.includes("Ready to accept connections")) throw new Error(said);
  };
  const kill = async (): Promise<void> => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}/0`,
    port,
    kill,
    start,
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
