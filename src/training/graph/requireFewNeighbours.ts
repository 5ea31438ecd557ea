import { ScidocsError } from "../../errors.ts";
import type { RunControl } from "../../progress.ts";
import { breathe } from "../../threads/breathe.ts";
import { citationNeighbours } from "./citationNeighbours.ts";
import type { Citations } from "./citations.ts";

/** Citations that are looked at between two breaths: a few milliseconds. */
export const lookedAtOnce = 1_000_000;

/** Neighbours that any graph may have, and those of each citation: real papers have some hundred. */
const [fewNeighbours, neighboursOfCitation] = [10_000_000, 1000];

/**
 * Refuses, before anything is written, what a few megabytes of papers can ask for: neighbours that fill a disk.
 * @throws ScidocsError `BAD_INPUT`, `INTERRUPTED`
 */
export async function requireFewNeighbours(
  citations: Citations,
  mostSecondHand: number,
  control: RunControl,
): Promise<void> {
  const { ids, entry, cites, counts } = citations;
  const most = fewNeighbours + neighboursOfCitation * counts.citations;
  const usable = [...ids.keys()].filter((paper) => entry[paper]! >= 0);
  const atMost = (paper: number): number => cites(paper).reduce((sum, through) => sum + cites(through).length, 0);
  if (usable.reduce((sum, paper) => sum + Math.min(mostSecondHand, atMost(paper)), counts.citations) <= most) return;
  const neighboursOf = citationNeighbours(citations, null);
  let [neighbours, looked] = [0, 0];
  for (const paper of usable) {
    const found = neighboursOf(paper);
    neighbours += found.direct.length + Math.min(mostSecondHand, found.secondHand.length);
    if (neighbours > most) {
      throw new ScidocsError(
        "BAD_INPUT",
        `${counts.citations} citations make more than ${most} neighbours: papers that cite many are cited by many; keep some of each query's second-hand neighbours, drawn at random, by --most-second-hand 1000`,
      );
    }
    looked += found.looked;
    if (looked < lookedAtOnce) continue;
    looked = 0;
    await breathe(control);
  }
}
