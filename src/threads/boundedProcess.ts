import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { interrupted, ScidocsError } from "../errors.ts";
import { prepareNativeEnvironment } from "./nativeEnvironment.ts";
import { type PackedError, unpackError } from "./threadErrors.ts";

/** What a process may use before it is ended. */
export interface ProcessLimits {
  /** Memory that it holds, all in all. */
  readonly memoryBytes: number;
  /** Processor time for a call, or from one message of it to the next; a machine that is busy with other things does not count against it. */
  readonly cpuMs: number;
}

/** Why a process ended without an answer. */
export type EndReason = "memory" | "time" | "crash";

/** A process that ended without an answer: what it was given needs more than it may have, or broke it. */
export class ProcessEnded extends Error {
  readonly reason: EndReason;
  /** The signal that ended it, or its exit code, in words. */
  readonly how: string;

  constructor(reason: EndReason, how: string, detail: string) {
    super(`a process ended without an answer (${reason}): ${how} ${detail}`);
    this.name = "ProcessEnded";
    this.reason = reason;
    this.how = how;
  }
}

/** What the process says about a call. */
export type ProcessMessage =
  | { readonly id: number; readonly kind: "message"; readonly message: unknown }
  | { readonly id: number; readonly kind: "value"; readonly value: unknown }
  | { readonly id: number; readonly kind: "error"; readonly error: PackedError };

/** The first that the process is given. */
export interface ProcessStart {
  readonly data: unknown;
  readonly limits: ProcessLimits;
}

/** A call on its way to the process. */
export interface ProcessCall {
  readonly id: number;
  readonly request: unknown;
}

/** How a process is started. */
export interface ProcessOptions {
  /** A built file that calls `answerInProcess`. */
  readonly script: URL;
  /** What it is opened with. */
  readonly data?: unknown;
  readonly limits: ProcessLimits;
  /** Aborting it ends the process at once, whatever it is doing. */
  readonly signal?: AbortSignal | undefined;
}

/** A process that answers calls, one after the other. It must be closed. */
export interface BoundedProcess<Request, Value, Message = never> {
  /**
   * @throws ProcessEnded when the process was ended or ended itself; what it threw; ScidocsError `INTERRUPTED` once it is closed,
   *   `UNAVAILABLE` where the system gives no process
   */
  readonly call: (request: Request, onMessage?: (message: Message) => void) => Promise<Value>;
  /** Ends the process at once, whatever it is doing; its calls are rejected as interrupted. */
  readonly close: () => Promise<void>;
}

interface Call {
  readonly onMessage: (message: unknown) => void;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Most of what a process says on its way down; V8 prints a page. */
const longestDetail = 4096;

/**
 * Starts a process of its own. It is for code that a hostile input can make endless, or that such an input can make abort the whole
 * process, as no thread can be kept from doing: there the process is what dies.
 * @throws ScidocsError `INTERRUPTED`, or `UNAVAILABLE` where the system gives no process
 */
export function openProcess<Request, Value, Message = never>(
  options: ProcessOptions,
): BoundedProcess<Request, Value, Message> {
  const { data, limits, signal } = options;
  if (signal?.aborted) throw interrupted();
  const calls = new Map<number, Call>();
  let nextId = 0;
  let failure: unknown = null;
  let said = "";

  const child = startChild(options);
  const ended = new Promise<void>((resolve) => {
    child.on("close", () => resolve()).on("error", () => resolve());
  });
  const onAbort = (): void => end(interrupted());
  signal?.addEventListener("abort", onAbort);

  function end(error: unknown): void {
    signal?.removeEventListener("abort", onAbort);
    failure ??= error;
    for (const call of calls.values()) call.reject(failure);
    calls.clear();
    child.kill("SIGKILL");
  }

  child.stderr?.on("data", (chunk: Buffer) => {
    if (said.length < longestDetail) said += chunk.toString("utf8");
  });
  child
    .on("message", (message: ProcessMessage) => settle(calls, message))
    .on("error", (error) => end(notStarted(error)))
    .on("close", (code, signalName) => end(deathOf(said, signalName ?? `exit ${code}`)));
  const start: ProcessStart = { data, limits };
  // A process that is gone tells so by its end.
  child.send(start, () => {});

  return {
    call: (request, onMessage = () => {}) => {
      if (failure !== null) return Promise.reject(failure);
      return new Promise<unknown>((resolve, reject) => {
        const message: ProcessCall = { id: nextId++, request };
        calls.set(message.id, { onMessage: onMessage as (message: unknown) => void, resolve, reject });
        child.send(message, () => {});
      }) as Promise<Value>;
    },
    close: () => {
      end(interrupted());
      return ended;
    },
  };
}

function startChild({ script, limits }: ProcessOptions): ChildProcess {
  prepareNativeEnvironment();
  try {
    return fork(fileURLToPath(script), [], {
      serialization: "advanced",
      execArgv: [`--max-old-space-size=${Math.ceil(limits.memoryBytes / 2 ** 20)}`],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: { ...process.env, NODE_OPTIONS: "" },
    });
  } catch (error) {
    throw notStarted(error);
  }
}

function settle(calls: Map<number, Call>, message: ProcessMessage): void {
  const call = calls.get(message.id);
  if (call === undefined) return;
  if (message.kind === "message") {
    try {
      call.onMessage(message.message);
      return;
    } catch (error) {
      call.reject(error);
    }
  } else if (message.kind === "error") call.reject(unpackError(message.error));
  else call.resolve(message.value);
  calls.delete(message.id);
}

function deathOf(said: string, how: string): ProcessEnded {
  const reason: EndReason = said.includes("scidocs: over its time")
    ? "time"
    : // Nobody else sends this signal but a system that is out of memory.
      how === "SIGKILL" || /heap out of memory|allocation failed|bad_alloc/i.test(said)
      ? "memory"
      : "crash";
  return new ProcessEnded(reason, how, said.slice(0, longestDetail).trim());
}

function notStarted(error: unknown): ScidocsError {
  const problem = error instanceof Error ? error.message : String(error);
  return new ScidocsError("UNAVAILABLE", `a process cannot be started (${problem}); free memory, or end others`, {
    cause: error,
  });
}

/**
 * Asks a process of its own one thing, see {@link openProcess}.
 * @throws what its call throws
 */
export async function callInProcess<Request, Value, Message = never>(
  options: ProcessOptions & { readonly onMessage?: ((message: Message) => void) | undefined },
  request: Request,
): Promise<Value> {
  const opened = openProcess<Request, Value, Message>(options);
  try {
    return await opened.call(request, options.onMessage);
  } finally {
    await opened.close();
  }
}
