import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isThere } from "../files/isThere.ts";
import { type Provider, providers } from "../onnx/session.ts";
import { builtFile } from "../threads/builtFile.ts";
import { memoryLimitBytes } from "../threads/memoryLimit.ts";
import { scidocsVersion } from "../version.ts";

/** Whether a provider runs a model here; `problem` says why not. */
export interface ProviderDiagnosis {
  readonly provider: Provider;
  readonly works: boolean;
  readonly problem: string | null;
}

/** What this machine offers to scidocs. */
export interface Diagnosis {
  readonly versions: Readonly<Record<string, string>>;
  readonly platform: string;
  readonly cpu: string;
  /** Threads that scidocs uses by default. */
  readonly threads: number;
  /** Memory in bytes; what a container allows where it allows less than the machine has. */
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
  readonly providers: readonly ProviderDiagnosis[];
}

/** Version of an installed package; read from its folder, for many packages do not export their package.json. */
function packageVersion(name: string): string {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  for (const folder of folders) {
    const path = join(folder, name, "package.json");
    if (!isThere(path)) continue;
    const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  }
  return "unknown";
}

/** Versions of everything that computes a number: scidocs, Node, ONNX Runtime, the tokenizer. */
export function versions(): Record<string, string> {
  return {
    scidocs: scidocsVersion(),
    node: process.versions.node,
    "onnxruntime-node": packageVersion("onnxruntime-node"),
    "@huggingface/tokenizers": packageVersion("@huggingface/tokenizers"),
  };
}

/** A driver that has not answered by then never will. */
const longestProbeMs = 60_000;

/**
 * Tries a provider in a process of its own: drivers print to stderr and may even crash, and neither should reach our caller.
 */
async function diagnoseProvider(provider: Provider): Promise<ProviderDiagnosis> {
  const probe = fork(fileURLToPath(builtFile(import.meta.url, "./providerProbe.js")), [provider], {
    stdio: "ignore",
    timeout: longestProbeMs,
    killSignal: "SIGKILL",
  });
  let answer: ProviderDiagnosis | null = null;
  probe.on("message", (message) => {
    answer = message as ProviderDiagnosis;
  });
  const [status] = (await once(probe, "exit")) as [number | null];
  return (
    answer ?? { provider, works: false, problem: `the driver ended the process (exit status ${status ?? "unknown"})` }
  );
}

/** Looks at this machine: versions, threads, memory, and which providers run a model. */
export async function diagnose(): Promise<Diagnosis> {
  return {
    versions: versions(),
    platform: `${process.platform} ${process.arch}`,
    cpu: os.cpus()[0]?.model ?? "unknown",
    threads: os.availableParallelism(),
    memoryBytes: memoryLimitBytes(),
    freeMemoryBytes: os.freemem(),
    providers: await Promise.all(providers.map(diagnoseProvider)),
  };
}
