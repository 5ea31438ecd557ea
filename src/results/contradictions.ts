import { ScidocsError } from "../errors.ts";
import { ownValue } from "../ownValue.ts";
import { type Suite, scoresOf, spreadOf } from "../suites/suite.ts";
import { suites } from "../suites/suites.ts";
import { agrees } from "../tasks/contradictions.ts";
import { contradictionsOf, ran, resultOf } from "../tasks/families.ts";
import { identityContradictions, scoringContradictions } from "./headContradictions.ts";
import type { RunRecord } from "./schema.ts";

/** What one list of numbers by column says against another. */
function unlike(
  name: string,
  said: Readonly<Record<string, number | null>>,
  found: Readonly<Record<string, number | null>>,
): string[] {
  return [...new Set([...Object.keys(said), ...Object.keys(found)])].flatMap((id) => {
    const [own, theirs] = [ownValue(said, id) ?? null, ownValue(found, id) ?? null];
    if (!Object.hasOwn(found, id))
      return own === null ? [] : [`${name}.${id} is no column of the suite, or has no rows behind it`];
    const same = own === null || theirs === null ? own === theirs : agrees(own, theirs, 1e-7);
    return same ? [] : [`${name}.${id} is ${own ?? "missing"}, and its rows give ${theirs ?? "none"}`];
  });
}

/** Entries of a list that is shown whole: a page with a million notes takes a gigabyte. */
const mostListed = 10_000;

/** Characters of all that is no row; a record of many notes has some thousands, and each page and summary shows them. */
const mostCharacters = 2 ** 21;

/** Characters of the longest id; those of papers have 40. */
const longestId = 10_000;

/** How long the lists are that no row stands behind. */
function listed(record: RunRecord): Record<string, number> {
  const ofTasks = Object.entries(record.tasks).flatMap(([task, result]) =>
    Object.entries(result).flatMap(([name, value]) =>
      Array.isArray(value) ? [[`tasks.${task}.${name}`, value.length] as const] : [],
    ),
  );
  return {
    tasks: Object.keys(record.tasks).length,
    notes: record.notes.length,
    timings: record.timings.length,
    settings: Object.keys(record.settings).length,
    versions: Object.keys(record.versions).length,
    "model.files": record.model.files.length,
    "dataset.files": record.dataset.files.length,
    ...Object.fromEntries(ofTasks),
  };
}

/** Characters of the texts in a value, keys included; whatever else it holds counts for one. */
function charactersOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 1;
  let characters = 1;
  for (const [key, inner] of Object.entries(value)) characters += key.length + charactersOf(inner);
  return characters;
}

/** What is too much in a record for anybody to be shown. */
function excesses(record: RunRecord): string[] {
  const tooMany = Object.entries(listed(record)).filter(([, count]) => count > mostListed);
  if (tooMany.length > 0) return tooMany.map(([name, count]) => `${name} has ${count} entries, more than a run makes`);
  const results = Object.entries(record.tasks).map(([task, result]): [string, object] => [
    task,
    "rows" in result ? { ...result, rows: null } : result,
  ]);
  const characters = charactersOf({ ...record, tasks: Object.fromEntries(results) });
  if (characters > mostCharacters) return [`it has ${characters} characters beside its rows, more than a run makes`];
  return Object.entries(record.tasks).flatMap(([task, result]) =>
    "rows" in result ? longIds(`tasks.${task}.rows`, result.rows) : [],
  );
}

function longIds(place: string, rows: Readonly<Record<string, readonly unknown[]>>): string[] {
  return Object.entries(rows).flatMap(([name, list]) => {
    const long = list.findIndex((id) => typeof id === "string" && id.length > longestId);
    return long === -1 ? [] : [`${place}.${name}[${long}] has more characters than any id`];
  });
}

/**
 * Refuses a record from which nothing can be told. One that was read has been looked through; one that plain JavaScript parsed, put
 * together or changed has not.
 * @param name of the record, for the message
 * @throws ScidocsError `BAD_INPUT`
 */
export function requireOneMeaning(name: string, record: RunRecord): void {
  const wrong = recordContradictions(record);
  if (wrong.length === 0) return;
  const more = wrong.length > 3 ? `; and ${wrong.length - 3} more` : "";
  throw new ScidocsError(
    "BAD_INPUT",
    `${name}: the record contradicts itself, so that nothing can be told from it: ${wrong.slice(0, 3).join("; ")}${more}`,
  );
}

/**
 * In what a record contradicts itself: scores follow from rows, rows have one length and cover what the counts say, values are
 * finite and in range, tasks and columns are the suite's, and what is said twice is one thing. Nothing may be computed from a record of which this is not empty.
 */
export function recordContradictions(record: RunRecord): string[] {
  const tooMuch = excesses(record);
  if (tooMuch.length > 0) return tooMuch;
  const inTasks = Object.entries(record.tasks).flatMap(([task, result]) =>
    contradictionsOf(result).map((problem) => `tasks.${task}: ${problem}`),
  );
  if (inTasks.length > 0) return inTasks;
  // Of a suite of one's own no more is known here than what its families say.
  const suite: Suite | undefined = suites.find(({ id }) => id === record.suite);
  if (suite === undefined) return identityContradictions(record);
  const strangers = Object.entries(record.tasks).flatMap(([id, result]) => {
    const task = suite.tasks.find((known) => known.id === id);
    if (task === undefined) return [`tasks.${id} is no task of ${suite.id}`];
    const isOwn = !ran(result) || resultOf(task.family, result) !== null;
    return isOwn ? [] : [`tasks.${id} is scored as a ${result.kind} task`];
  });
  return [
    ...strangers,
    ...unlike("scores", record.scores, scoresOf(suite, record.tasks)),
    ...unlike("spread", record.spread, spreadOf(suite, record.tasks)),
    ...identityContradictions(record),
    ...scoringContradictions(suite, record),
  ];
}
