import { createContext, Script } from "node:vm";

/** Where the work is called from: only a script can be ended from outside, with all that it calls. */
const place: { work: () => void } = { work: () => {} };
let script: { readonly runWithin: (ms: number) => void } | null = null;

function prepared(): { readonly runWithin: (ms: number) => void } {
  const context = createContext(place);
  const call = new Script("work()");
  return { runWithin: (timeout) => void call.runInContext(context, { timeout }) };
}

/**
 * Does work that a file can make endless, as a regular expression of a tokenizer can be, and ends it after some time. It is for work in
 * the thread that asks: while it lasts, nobody could press Ctrl-C. A process that was stopped for a while would be found guilty when it
 * goes on, so that the work gets a second try.
 * @param whenEndless makes the error for work that did not end
 */
export function endsInTime<T>(ms: number, work: () => T, whenEndless: () => Error): T {
  script ??= prepared();
  let result: { readonly value: T } | null = null;
  for (let tries = 2; tries > 0 && result === null; tries--) {
    const before = place.work;
    place.work = () => {
      result = { value: work() };
    };
    try {
      script.runWithin(Math.ceil(ms));
    } catch (error) {
      if (!isTimeout(error)) throw error;
    } finally {
      place.work = before;
    }
  }
  if (result === null) throw whenEndless();
  return (result as { readonly value: T }).value;
}

/** The error is of the script's own realm, where nothing is an instance of anything here. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === "object" && error !== null && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT"
  );
}
