import type { CliContext } from "../../src/cli/context.ts";

/** A context for commands that run inside a test: prints nowhere and never stops, but for what is given. */
export function silentContext(given: Partial<CliContext> = {}): CliContext {
  return {
    stdout: () => {},
    stderr: () => {},
    workflowCommands: () => {},
    stdoutIsTerminal: false,
    columns: Number.POSITIVE_INFINITY,
    color: false,
    env: {},
    cwd: ".",
    signal: new AbortController().signal,
    onProgress: () => {},
    whenStopped: () => {},
    saveWhenStopped: () => () => {},
    leaveWhenDone: () => {},
    ...given,
  };
}
