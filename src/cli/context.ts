import type { OnProgress } from "../progress.ts";

/**
 * What a command may touch of the world: two streams, the terminal's shape, the environment and the stop signal.
 * `main.ts` makes the real one; a caller in a test can make another.
 */
export interface CliContext {
  /** Writes results: what a pipe should carry, and nothing else. */
  readonly stdout: (text: string) => void;
  /** Writes everything else: notes, warnings, progress. Clears a progress bar under way first. */
  readonly stderr: (text: string) => void;
  /** Writes what a server of CI acts on, such as annotations, to stderr; everything else there is shown and not acted on. */
  readonly workflowCommands: (text: string) => void;
  readonly stdoutIsTerminal: boolean;
  /** Characters in a line of stdout; `Number.POSITIVE_INFINITY` when stdout is no terminal. */
  readonly columns: number;
  /** Whether stdout takes colours: a terminal, and neither NO_COLOR nor TERM=dumb. */
  readonly color: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted on Ctrl-C, SIGTERM, or when the terminal is closed. */
  readonly signal: AbortSignal;
  /** Shows progress on stderr: a bar on a terminal, a line now and then elsewhere. */
  readonly onProgress: OnProgress;
  /** Says what stands behind "interrupted" from now on: how the work goes on. */
  readonly whenStopped: (advice: string) => void;
  /**
   * From now on, until the function that comes back is called, Ctrl-C waits for the work to save itself, after this message; a second
   * Ctrl-C leaves at once.
   */
  readonly saveWhenStopped: (message: string) => () => void;
  /** Lets the process end once the command is done, whatever a library has left running: for commands that close all they opened. */
  readonly leaveWhenDone: () => void;
}
