#!/usr/bin/env node
import { CommanderError } from "commander";
import { exitCodes, ScidocsError } from "../errors.ts";
import type { CliContext } from "./context.ts";
import { createProgram } from "./program.ts";
import { progressDisplay } from "./progressDisplay.ts";

/** Time that work under way gets to stop by itself after Ctrl-C, in milliseconds. */
const graceMs = 800;

const display = progressDisplay(process.stderr, (text) => process.stderr.write(text));
const stop = new AbortController();

function onStopSignal(signal: NodeJS.Signals): void {
  if (stop.signal.aborted) leave(signal);
  stop.abort();
  // Everything on disk is written whole or appended with checksums, so that leaving now loses nothing.
  setTimeout(() => {
    display.stop();
    process.stderr.write("interrupted\n");
    leave(signal);
  }, graceMs).unref();
}

/**
 * Leaves at once, by the signal itself, which a shell reports as 130 for Ctrl-C. `process.exit` would wait for every thread, and abort
 * with a native error when one of them is inside ONNX Runtime.
 */
function leave(signal: NodeJS.Signals): never {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // Not reached: the signal has ended the process.
  process.exit(exitCodes.INTERRUPTED);
}
process.on("SIGINT", onStopSignal);
process.on("SIGTERM", onStopSignal);

// `scidocs table … | head` closes the pipe early; that is the reader's choice and no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const context: CliContext = {
  stdout: (text) => {
    display.pause();
    process.stdout.write(text);
  },
  stderr: (text) => {
    display.pause();
    process.stderr.write(text);
  },
  stdoutIsTerminal: process.stdout.isTTY === true,
  columns: process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY,
  color:
    process.stdout.isTTY === true &&
    (process.env.NO_COLOR === undefined || process.env.NO_COLOR === "") &&
    process.env.TERM !== "dumb",
  env: process.env,
  cwd: process.cwd(),
  signal: stop.signal,
  onProgress: display.show,
};

/** Tells an error to its reader and returns the exit code it stands for. */
function report(error: unknown): number {
  // Commander has printed its own message (or the help that was asked for).
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.USAGE;
  if (stop.signal.aborted) {
    process.stderr.write("interrupted\n");
    return exitCodes.INTERRUPTED;
  }
  if (error instanceof ScidocsError) {
    process.stderr.write(`scidocs: ${error.message}\n`);
    return exitCodes[error.code];
  }
  process.stderr.write(
    `scidocs crashed; this is a bug in scidocs: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return 1;
}

let exitCode = 0;
try {
  await createProgram(context).parseAsync(process.argv);
} catch (error) {
  display.stop();
  exitCode = report(error);
}
display.stop();
process.exitCode = exitCode;
