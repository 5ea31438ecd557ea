import { printable } from "../printable.ts";
import type { VectorDrift } from "../results/drift/vectorDrift.ts";

/** A drift between two models' vectors for a terminal or a pipe, ending in a newline. */
export function driftText(
  drift: VectorDrift,
  names: { readonly a: string; readonly b: string },
  titles: ReadonlyMap<string, string>,
): string {
  const { byPaper } = drift;
  const alone = [
    drift.onlyInA > 0 ? `${drift.onlyInA} only in A` : "",
    drift.onlyInB > 0 ? `${drift.onlyInB} only in B` : "",
  ].filter((part) => part !== "");
  const rows: [string, string][] = [
    ["papers in both", [String(drift.papers), ...alone].join(", ")],
    ...(byPaper === null
      ? ([["dimensions", `${drift.dimensionsA} and ${drift.dimensionsB}: cosines of one paper do not apply`]] as [
          string,
          string,
        ][])
      : ([
          ["cosine", `mean ${cosineText(byPaper.meanCosine)}, 1st percentile ${cosineText(byPaper.lowCosine)}`],
          ["L2 distance", `mean ${numberText(byPaper.meanL2)}, 99th percentile ${numberText(byPaper.highL2)}`],
        ] as [string, string][])),
    [
      `same ${drift.neighbours} neighbours`,
      `${(100 * drift.neighbourOverlap).toFixed(2)} % (of ${drift.sampledPapers} papers)`,
    ],
    ["linear CKA", `${cosineText(drift.linearCka)} (of ${drift.sampledPapers} papers)`],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const moved = (byPaper?.worst ?? []).filter(({ l2 }) => l2 > 0);
  const worst = moved.map(({ id, cosine, l2 }) => {
    const title = titles.get(id);
    return `  ${cosineText(cosine)}  ${numberText(l2).padStart(8)}  ${printable(id)}${title === undefined ? "" : `  ${printable(title)}`}`;
  });
  return `${[
    `A  ${printable(names.a)}`,
    `B  ${printable(names.b)}`,
    ...rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`),
    ...(byPaper !== null && moved.length === 0 ? ["", "No paper moved."] : []),
    ...(worst.length === 0 ? [] : ["", "Papers that moved most (cosine, L2 distance):", ...worst]),
  ].join("\n")}\n`;
}

function cosineText(value: number): string {
  return value.toFixed(6);
}

/** Four significant digits, also for the tiny distances of two exports of one model. */
function numberText(value: number): string {
  return value === 0 ? "0" : value.toPrecision(4);
}
