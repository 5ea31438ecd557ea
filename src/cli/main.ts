#!/usr/bin/env node
import { isatty } from "node:tty";
import { CommanderError } from "commander";
import { exitCodes, ScidocsError } from "../errors.ts";
import { systemTrouble } from "../files/pathError.ts";
import { removeUnfinished } from "../files/unfinished.ts";
import { printableLines, withoutControls } from "../printable.ts";
import { breathe } from "../threads/breathe.ts";
import type { CliContext } from "./context.ts";
import { createProgram } from "./program.ts";
import { progressDisplay } from "./progressDisplay.ts";

/** Time that work under way gets to stop by itself after Ctrl-C, in milliseconds. */
const graceMs = 800;

/** Characters of a crash that are shown. */
const longestStack = 20_000;

/** Text for people, above the progress bars; nobody may be reading. */
function writeStderr(text: string): void {
  display.pause();
  try {
    process.stderr.write(text);
  } catch {
    // Where there is no room for messages there is none for this one.
  }
}

const display = progressDisplay(process.stderr, writeStderr);
const stop = new AbortController();
/** What a command has said of going on after it was stopped. */
let adviceWhenStopped = "";
/** What is said while work that was stopped saves itself; null where nothing is to be saved. */
let savingMessage: string | null = null;
/** Whether the end of the command is the end of the process. */
let leavesWhenDone = false;
/** Whether there was a terminal and is none any more. */
let terminalIsGone = false;

function onStopSignal(signal: NodeJS.Signals): void {
  if (stop.signal.aborted) leave(signal);
  stop.abort();
  if (savingMessage !== null) {
    writeStderr(`${savingMessage}\n`);
    return;
  }
  // Everything on disk is written whole or appended with checksums, so that leaving now loses nothing.
  setTimeout(() => {
    sayInterrupted();
    leave(signal);
  }, graceMs).unref();
}

/** The terminal has been closed. Shell and system may both tell of it, and neither is in a hurry. */
function onHangup(signal: NodeJS.Signals): void {
  terminalIsGone = true;
  if (!stop.signal.aborted) onStopSignal(signal);
}

function sayInterrupted(): void {
  display.stop();
  writeStderr(`interrupted${adviceWhenStopped === "" ? "" : `; ${adviceWhenStopped}`}\n`);
}

/**
 * Leaves at once, by the signal itself, which a shell reports as 130 for Ctrl-C. `process.exit` would wait for every thread, and abort
 * with a native error when one of them is inside ONNX Runtime.
 */
function leave(signal: NodeJS.Signals): never {
  // The terminal gets its cursor back, also when Ctrl-C is pressed twice.
  display.stop();
  removeUnfinished();
  process.removeAllListeners(signal);
  // Windows knows no signals: there it would end the process with an exit code of its own.
  if (process.platform !== "win32") process.kill(process.pid, signal);
  process.exit(exitCodes.INTERRUPTED);
}
// However the process ends, the terminal gets its cursor back.
process.on("exit", () => display.stop());
process.on("SIGINT", onStopSignal);
process.on("SIGTERM", onStopSignal);
// A terminal that closes stops the work as Ctrl-C does. `nohup` takes every stream from the terminal so that the work goes on without
// one, and asks for that by a signal ignored, which Node takes back: without a terminal there is nothing that could hang up.
const hasTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
process.on("SIGHUP", (signal) => {
  if (hasTerminal) onHangup(signal);
});

/** Why stdout took no more, where that is no choice of its reader. */
let lostOutput: Error | null = null;

// A reader that has gone (`scidocs gate … | head`) wants no more text; the work goes on, and the exit code is what it would have been.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") lostOutput ??= error;
});
process.stderr.on("error", () => {});

/** The folder at hand, which somebody may have removed since the shell went there. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    writeStderr("scidocs: the folder at hand is no longer there, or cannot be entered; go to another one\n");
    process.exit(exitCodes.BAD_INPUT);
  }
}

const context: CliContext = {
  stdout: (text) => {
    display.pause();
    try {
      process.stdout.write(text);
    } catch (error) {
      // A file takes its bytes at once, and a full disk refuses them so.
      lostOutput ??= error instanceof Error ? error : new Error(String(error));
    }
  },
  // Paths and names come from outside; colours go to stdout alone.
  stderr: (text) => writeStderr(printableLines(text)),
  workflowCommands: (text) => writeStderr(withoutControls(text)),
  stdoutIsTerminal: process.stdout.isTTY === true,
  columns: process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY,
  color:
    process.stdout.isTTY === true &&
    (process.env.NO_COLOR === undefined || process.env.NO_COLOR === "") &&
    process.env.TERM !== "dumb",
  env: process.env,
  cwd: workingFolder(),
  signal: stop.signal,
  onProgress: display.show,
  whenStopped: (advice) => {
    adviceWhenStopped = advice;
  },
  saveWhenStopped: (message) => {
    savingMessage = message;
    return () => {
      savingMessage = null;
    };
  },
  leaveWhenDone: () => {
    leavesWhenDone = true;
  },
};

/** Tells an error to its reader and returns the exit code it stands for. */
function report(error: unknown): number {
  // Commander has printed its own message (or the help that was asked for).
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.USAGE;
  if (stop.signal.aborted) {
    sayInterrupted();
    return exitCodes.INTERRUPTED;
  }
  const known = error instanceof ScidocsError ? error : systemTrouble(error);
  if (known !== null) {
    writeStderr(`scidocs: ${known.message}\n`);
    return exitCodes[known.code];
  }
  // Even then what a file says is no command to the terminal, and has an end.
  const stack = (error instanceof Error ? error.stack : null) ?? String(error);
  writeStderr(`scidocs crashed; this is a bug in scidocs: ${printableLines(stack.slice(0, longestStack))}\n`);
  return 1;
}

function outputLost(cause: Error): ScidocsError {
  return new ScidocsError("UNAVAILABLE", `the output could not be written: ${cause.message}`, { cause });
}

/** Waits until everything written has been taken, or refused. */
function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else stream.write("", () => resolve());
  });
}

let exitCode = 0;
try {
  const words = process.argv.slice(2);
  await (await createProgram(context, words)).parseAsync(process.argv);
} catch (error) {
  display.stop();
  exitCode = report(error);
}
display.stop();
await flush(process.stdout);
// Errors of a stream come with the next turn of the event loop.
await breathe();
if (lostOutput !== null && exitCode === 0) exitCode = report(outputLost(lostOutput));
process.exitCode = exitCode;
// Node gives the terminal its settings back at an ordinary end, and aborts where there is none to take them.
if (terminalIsGone) leave("SIGHUP");
// All is written by now. Only timers are left, and such a library's may go on for ever.
if (leavesWhenDone) process.exit();
