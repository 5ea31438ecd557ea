import { ScidocsError } from "../../../errors.ts";
import { printable } from "../../../printable.ts";
import { signMs } from "./presence.ts";
import { refusalOf } from "./queueCommands.ts";
import { patienceMs, type QueueConnection, requireNoEviction } from "./queueConnection.ts";

/** The looks that a coordinator takes again and again. */
export interface RegularLooks {
  /** Takes one now, unless one is being taken. */
  readonly lookOnce: () => Promise<void>;
  readonly stop: () => void;
}

/**
 * Looks every two seconds, for events get lost with the Redis that had them; and gives up a Redis that stays away, goes on refusing, or
 * has come to drop work in silence.
 * @param fail hears why there is no going on
 */
export function lookRegularly(
  connection: QueueConnection,
  look: () => Promise<void>,
  fail: (error: Error) => void,
  mostPatientMs = patienceMs,
): RegularLooks {
  const { address } = connection;
  let isLooking = false;
  let troubledSince: number | null = null;
  const lookOnce = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      const facts = await connection.facts();
      try {
        // It may have been started again, or told, to do otherwise than when the run began.
        requireNoEviction(facts, address);
      } catch (error) {
        if (error instanceof ScidocsError) fail(error);
        throw error;
      }
      await look();
      troubledSince = null;
    } catch (error) {
      // A connection that is lost meanwhile comes back or is given up by the clock; a Redis that refuses, its disk being full, is not.
      troubledSince ??= performance.now();
      const isOver = refusalOf(error) === "lasting" || performance.now() - troubledSince > mostPatientMs;
      const reason = error instanceof Error ? error.message : String(error);
      if (connection.lostForMs() === 0 && isOver) {
        const said = `${address.shown} refuses to work: ${printable(reason, 200)}`;
        // Our own commands say so already.
        fail(error instanceof ScidocsError ? error : new ScidocsError("UNAVAILABLE", said, { cause: error }));
      }
    } finally {
      isLooking = false;
    }
  };
  const clock = setInterval(() => {
    const lostMs = connection.lostForMs();
    if (lostMs > mostPatientMs) {
      const problem = connection.lastProblem();
      const why = problem === "" ? "" : ` (${problem})`;
      fail(
        new ScidocsError(
          "UNAVAILABLE",
          `${address.shown} has been away for ${Math.round(lostMs / 1000)} s${why}; what was embedded is stored, and the same command goes on when it is back`,
        ),
      );
    } else if (lostMs === 0) void lookOnce();
  }, signMs);
  return { lookOnce, stop: () => clearInterval(clock) };
}
