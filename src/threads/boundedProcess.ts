import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { interrupted } from "../errors.ts";
import { prepareNativeEnvironment } from "./nativeEnvironment.ts";
import { type PackedError, unpackError } from "./threadErrors.ts";

/** What a process may use before it is ended. */
export interface ProcessLimits {
  /** Memory that it holds, all in all. */
  readonly memoryBytes: number;
  /** Processor time from one message to the next; a machine that is busy with other things does not count against it. */
  readonly cpuMs: number;
}

/** Why a process ended without an answer. */
export type EndReason = "memory" | "time" | "crash";

/** A process that ended without an answer: what it was given needs more than it may have, or broke it. */
export class ProcessEnded extends Error {
  readonly reason: EndReason;

  constructor(reason: EndReason, detail: string) {
    super(`a process ended without an answer (${reason}): ${detail}`);
    this.name = "ProcessEnded";
    this.reason = reason;
  }
}

/** What the process says. */
export type ProcessMessage =
  | { readonly kind: "message"; readonly message: unknown }
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "error"; readonly error: PackedError };

/** What the process is given. */
export interface ProcessRequest {
  readonly request: unknown;
  readonly limits: ProcessLimits;
}

/** How a process is started. */
export interface ProcessOptions<Message> {
  /** A built file that calls `answerInProcess`. */
  readonly script: URL;
  readonly limits: ProcessLimits;
  readonly onMessage?: ((message: Message) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks a process of its own one thing. It is for code that a hostile input can make endless, or that such an input can make abort the
 * whole process, as no thread can be kept from doing: there the process is what dies.
 * @throws ProcessEnded when it was ended or ended itself; what the process threw; ScidocsError `INTERRUPTED`
 */
export async function callInProcess<Request, Value, Message = never>(
  { script, limits, onMessage, signal }: ProcessOptions<Message>,
  request: Request,
): Promise<Value> {
  if (signal?.aborted) throw interrupted();
  prepareNativeEnvironment();
  const child = fork(fileURLToPath(script), [], {
    serialization: "advanced",
    execArgv: [`--max-old-space-size=${Math.ceil(limits.memoryBytes / 2 ** 20)}`],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  const onAbort = (): void => void child.kill("SIGKILL");
  signal?.addEventListener("abort", onAbort);
  try {
    const start: ProcessRequest = { request, limits };
    child.send(start, () => {});
    return (await answerOf(child, onMessage as ((message: unknown) => void) | undefined)) as Value;
  } catch (error) {
    throw signal?.aborted ? interrupted() : error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    child.kill("SIGKILL");
  }
}

/** Most of what a process says on its way down; V8 prints a page. */
const longestDetail = 4096;

function answerOf(child: ChildProcess, onMessage: ((message: unknown) => void) | undefined): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      if (said.length < longestDetail) said += chunk.toString("utf8");
    });
    child.on("message", (message: ProcessMessage) => {
      if (message.kind === "value") resolve(message.value);
      else if (message.kind === "error") reject(unpackError(message.error));
      else {
        try {
          onMessage?.(message.message);
        } catch (error) {
          reject(error);
        }
      }
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const reason: EndReason = said.includes("scidocs: over its time")
        ? "time"
        : said.includes("scidocs: over its memory") || /heap out of memory|allocation failed/i.test(said)
          ? "memory"
          : "crash";
      reject(new ProcessEnded(reason, `${signal ?? `exit ${code}`} ${said.slice(0, longestDetail).trim()}`));
    });
  });
}
