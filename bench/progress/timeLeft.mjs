// How true the shown times left were, from what was told while stages ran. A time stands until the next is told, so that each is judged
// twice: as it appears, and just before it is replaced.

/** Differences below this are not seen: the display shows whole seconds, rounded up. */
const unseenSeconds = 1;

/** The third of a stage from which on it is judged. */
const judgedFrom = 1 / 3;

/**
 * The largest factor between a time left that was shown and the true one.
 * @param events `[seconds, share]` pairs of one stage, in order, the first at 0
 * @param endSeconds when the stage was over
 * @param secondsLeft the rule by which the display tells the time left: of an event and the seconds since the stage's first
 */
export function worstFactor(events, endSeconds, secondsLeft) {
  let worst = 1;
  for (const [at, [seconds, share]] of events.entries()) {
    const shown = secondsLeft({ stage: "", done: share, total: 1, unit: "%", share }, seconds);
    if (shown === null) continue;
    const until = events[at + 1]?.[0] ?? endSeconds;
    for (const now of [seconds, until]) {
      const left = endSeconds - now;
      if (now < judgedFrom * endSeconds || Math.abs(shown - left) <= unseenSeconds) continue;
      worst = Math.max(worst, shown / left, left / shown);
    }
  }
  return worst;
}
