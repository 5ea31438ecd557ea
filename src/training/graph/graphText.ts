import { printable } from "../../printable.ts";
import type { GraphRecord } from "./makeCitationGraph.ts";

/** What went into a graph and what stayed out, for people. */
export function graphText({ exclusion, counts, queries }: GraphRecord): string {
  const lines = [`${counts.papers} papers, ${counts.citations} citations among them and of others they name`];
  if (exclusion !== null) {
    const { dataset, tasks, absent, judged } = exclusion;
    lines.push(
      `left out, judged by the val and test sets of ${printable(dataset)}: ${counts.excluded} of the ${judged} papers in its ${tasks.join(", ")}`,
      ...absent.map((why) => `  not looked at: ${why}`),
    );
  }
  if (counts.repeated > 0) lines.push(`entries of papers that come again: ${counts.repeated} (the last has the text)`);
  if (counts.withoutTitle > 0) lines.push(`left out, without a title: ${counts.withoutTitle}`);
  if (counts.withoutNeighbours > 0) lines.push(`no query, cites no paper of these: ${counts.withoutNeighbours}`);
  lines.push(
    `neighbours: ${counts.directNeighbours} cited (count 5), ${counts.secondHandNeighbours} cited by those alone (count 1)`,
    ...(counts.secondHandLeftOut > 0
      ? [`left out, more than a query keeps: ${counts.secondHandLeftOut} of count 1`]
      : []),
    `queries: ${queries.train} train, ${queries.val} val, ${queries.test} test`,
  );
  return `${lines.join("\n")}\n`;
}
