import { type Command, Option } from "commander";
import { defaultRetryPolicy, type RetryPolicy, type Wait } from "../network/retry.ts";
import type { CliContext } from "./context.ts";
import { wholeNumber } from "./flagParsers.ts";

/** The flags of everything that asks a server. */
export interface NetworkFlags {
  /** Seconds. */
  readonly maxWait?: number;
}

/** Adds the flags of {@link NetworkFlags}. */
export function addNetworkFlags(command: Command): Command {
  return command.addOption(
    new Option(
      "--max-wait <seconds>",
      `longest time in which a server may bring nothing, waits that it asks for included (default: ${defaultRetryPolicy.maxWaitMs / 1000})`,
    ).argParser(wholeNumber(1)),
  );
}

/** How patiently a command asks, telling on stderr what it waits for. */
export function retryPolicy(context: CliContext, { maxWait }: NetworkFlags): RetryPolicy {
  return {
    ...defaultRetryPolicy,
    ...(maxWait === undefined ? {} : { maxWaitMs: 1000 * maxWait }),
    onWait: (wait) => {
      if (wait.ms >= shortestToldMs) context.stderr(waitText(wait));
    },
  };
}

/** A shorter wait is over before its message is read. */
const shortestToldMs = 2000;

function waitText({ what, reason, ms, isAsked }: Wait): string {
  const seconds = Math.ceil(ms / 1000);
  return isAsked
    ? `${what}: ${reason}; the server asks to wait ${seconds} s (Ctrl-C stops, --max-wait bounds it)\n`
    : `${what}: ${reason}; trying again in ${seconds} s\n`;
}
