import { besidePublished, defaultTolerancePercent } from "../results/publishedColumns.ts";
import { whyNotPublishedData } from "../results/publishedData.ts";
import type { RunRecord } from "../results/schema.ts";
import { averageColumnId, familiesOf, type PublishedRow, type Suite } from "../suites/suite.ts";
import { suiteNamed } from "../suites/suites.ts";
import { resultOf } from "../tasks/families.ts";
import { signedText } from "./numberText.ts";

/** One column of a record against a published row. */
export interface ColumnMatch {
  readonly id: string;
  readonly score: number;
  readonly published: number;
  readonly tolerance: number;
  readonly matches: boolean;
}

/** A record against a published row. */
export interface PublishedMatch {
  readonly model: string;
  readonly columns: readonly ColumnMatch[];
  readonly matches: boolean;
  /** Columns that one training seed does not decide: another seed moves them by a point or two. */
  readonly undecided: readonly string[];
  /** What may explain a difference, the likeliest first; empty when all match. */
  readonly reasons: readonly string[];
}

function likelyReasons(suite: Suite, record: RunRecord, off: readonly ColumnMatch[]): string[] {
  const reasons: string[] = [];
  const otherData = whyNotPublishedData(record, suite);
  if (otherData !== null) reasons.push(otherData);
  for (const { id, family } of suite.tasks) {
    const result = resultOf(family, record.tasks[id]);
    if (result === null) continue;
    if (result.papers.missing > 0)
      reasons.push(`${id}: ${result.papers.missing} of ${result.papers.expected} papers have no vector`);
    const departure = family.report.departure?.(result) ?? null;
    if (departure !== null) reasons.push(`${id}: ${departure}`);
    if ((result.papers.truncated ?? 0) > 0 && record.model.maxLength !== null && record.model.maxLength < 512) {
      reasons.push(
        `${id}: ${result.papers.truncated} texts were cut to ${record.model.maxLength} pieces; SPECTER takes 512`,
      );
    }
  }
  const { recipe, precision, pooling, source } = record.model;
  if (recipe !== null) {
    const others = ["hf", "hf-space", "original"].filter((other) => other !== recipe);
    reasons.push(
      `the text recipe is ${recipe}; a row may have been made with ${others.join(" or ")} (scidocs run --recipe)`,
    );
  }
  const usual = recipe === "original" ? "words" : "cls";
  if (pooling !== null && pooling !== usual && source !== "vectors")
    reasons.push(`pooling is ${pooling}; SPECTER takes the first token (--pooling cls)`);
  if (precision !== null && precision !== "fp32") reasons.push(`precision is ${precision}; published rows are of fp32`);
  for (const [family, tasks] of familiesOf(suite)) {
    const names = tasks.map(({ id }) => id);
    const own = new Set(suite.columns.filter(({ task }) => names.includes(task)).map(({ id }) => id));
    if (family.report.onlyOff === undefined || !off.every(({ id }) => own.has(id) || id === averageColumnId)) continue;
    reasons.push(`only ${names.join(", ")} is off: ${family.report.onlyOff}`);
  }
  return reasons;
}

/**
 * Holds a record against a published row, column by column where both have a value.
 * @returns `matches` is false as well when they share no column
 */
export function matchPublished(
  record: RunRecord,
  row: Pick<PublishedRow, "model" | "scores">,
  own?: Suite,
): PublishedMatch {
  const suite = suiteNamed(record.suite, own);
  const both = besidePublished(record, row, defaultTolerancePercent, suite).filter(
    ({ differencePercent }) => differencePercent !== null,
  );
  const matched = both.flatMap(
    ({ id, oursPercent, publishedPercent, tolerancePercent, decided, matches }): ColumnMatch[] =>
      oursPercent === null || publishedPercent === null || !decided
        ? []
        : [{ id, score: oursPercent, published: publishedPercent, tolerance: tolerancePercent, matches }],
  );
  const off = matched.filter(({ matches }) => !matches);
  return {
    model: row.model,
    columns: matched,
    matches: matched.length > 0 && off.length === 0,
    undecided: both.flatMap(({ id, decided }) => (decided ? [] : [id])),
    reasons: off.length === 0 ? [] : likelyReasons(suite, record, off),
  };
}

/** The match in sentences, for the notes beneath a table. */
export function matchNotes(name: string, match: PublishedMatch): string[] {
  const off = match.columns.filter(({ matches }) => !matches);
  const undecided =
    match.undecided.length === 0
      ? []
      : [`${name}: one seed does not decide ${match.undecided.join(", ")}; run with --seeds 5.`];
  if (match.columns.length === 0 && undecided.length === 0)
    return [`${name}: nothing to hold against the published ${match.model}: no column in common.`];
  if (match.matches) {
    const spread = match.columns.some(({ tolerance }) => tolerance > defaultTolerancePercent);
    const within = `within ${defaultTolerancePercent}${spread ? ", or what one more training run may differ where there are seeds" : ""}`;
    const matches = `${name} matches the published ${match.model} in all ${match.columns.length} columns (${within}).`;
    return [matches, ...undecided];
  }
  const differences = off.map(({ id, score, published }) => `${id} off by ${signedText(score - published)}`);
  return [
    `${name} differs from the published ${match.model} in ${off.length} of ${match.columns.length} columns: ${differences.join(", ")}.`,
    ...undecided,
    ...match.reasons.map((reason) => `Likely reason: ${reason}.`),
  ];
}
