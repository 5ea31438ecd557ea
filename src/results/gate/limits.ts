import { ScidocsError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import { averageColumnId, type Suite } from "../../suites/suite.ts";
import { defaultSuite } from "../../suites/suites.ts";

/** A limit by the name that it was given for. */
export interface NamedLimit {
  /** `all`, `Avg`, a task or a column, spelt as the suite spells it. */
  readonly name: string;
  readonly limit: number;
}

/** What names are compared by: case, hyphens, underscores and blanks are of no account. */
const plainName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** Every name that stands for something, by its plain form: how people type it, to how the suite spells it. */
function spellings({ tasks, columns }: Suite): Map<string, string> {
  const known = new Map<string, string>([
    ["all", "all"],
    ...["avg", "average", "mean", "overall"].map((name): [string, string] => [name, averageColumnId]),
  ]);
  for (const { id, label } of tasks) for (const name of [id, label]) known.set(plainName(name), id);
  for (const { id, task, metric } of columns) {
    const label = tasks.find((known) => known.id === task)?.label ?? task;
    const suffix = id.slice(id.lastIndexOf("-") + 1);
    for (const stem of [task, label]) for (const end of [suffix, metric]) known.set(plainName(`${stem}${end}`), id);
    known.set(plainName(id), id);
  }
  return known;
}

/** How many letters must change to turn one name into another (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + change));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The name that two letters at most turn into a known one; names of other lengths are not looked at, however long they are. */
function nearest(name: string, known: readonly string[]): string | null {
  const distances = known.flatMap((other): [string, number][] =>
    Math.abs(other.length - name.length) <= 2 ? [[other, editDistance(name, other)]] : [],
  );
  const [first] = distances.sort(([, x], [, y]) => x - y);
  return first !== undefined && first[1] <= 2 ? first[0] : null;
}

/** The suite's spelling of a name. @throws ScidocsError `USAGE` with the likeliest name meant */
function spelt(suite: Suite, name: string): string {
  const known = spellings(suite);
  const plain = plainName(name);
  const found = known.get(plain);
  if (found !== undefined && plain !== "") return found;
  const near = plain.length > 2 ? nearest(plain, [...known.keys()]) : null;
  const meant = near === null ? "" : `; did you mean ${known.get(near)}?`;
  const all = [averageColumnId, "all", ...suite.tasks.map(({ id }) => id), ...suite.columns.map(({ id }) => id)];
  throw new ScidocsError(
    "USAGE",
    `there is no column or task called ${printable(name)}${meant}; known are ${all.join(", ")}`,
  );
}

/** Column ids that a name stands for. */
function columnsNamed({ columns }: Suite, name: string): string[] {
  if (name === "all") return columns.map(({ id }) => id);
  if (name === averageColumnId || columns.some(({ id }) => id === name)) return [name];
  return columns.filter(({ task }) => task === name).map(({ id }) => id);
}

/** "all" gives way to tasks and `Avg`, and these to columns: the more exact name wins, whatever its place. */
function exactness({ columns }: Suite, name: string): number {
  if (name === "all") return 0;
  return columns.some(({ id }) => id === name) ? 2 : 1;
}

/**
 * Limits by column id.
 * @param lists the weaker list first: a name of a later list replaces the SAME name of an earlier one, and no finer one
 */
export function limitsByColumn(suite: Suite, ...lists: readonly (readonly NamedLimit[])[]): Map<string, number> {
  const byName = new Map(lists.flatMap((list) => list.map(({ name, limit }) => [name, limit] as const)));
  const ordered = [...byName].sort(([x], [y]) => exactness(suite, x) - exactness(suite, y));
  return new Map(ordered.flatMap(([name, limit]) => columnsNamed(suite, name).map((id) => [id, limit] as const)));
}

/** Refuses a name that occurs twice: which of two limits counts is nothing to guess at. */
function withoutRepeats(named: readonly NamedLimit[], whole: string): readonly NamedLimit[] {
  const twice = named.find(({ name }, index) => named.findIndex((other) => other.name === name) !== index);
  if (twice === undefined) return named;
  throw new ScidocsError("USAGE", `${whole}: ${twice.name} is given twice; say it once`);
}

/** Limits of a configuration: names to numbers. @throws ScidocsError `USAGE` */
export function namedLimits(
  suite: Suite,
  entries: Readonly<Record<string, number>>,
  whole: string,
): readonly NamedLimit[] {
  const named = Object.entries(entries).map(([name, limit]) => ({ name: spelt(suite, name), limit }));
  return withoutRepeats(named, whole);
}

/** A decimal number from 0 to 100 as people write it, and nothing else that a programming language takes for one. */
function limitOf(text: string): number | null {
  if (!/^(\d+(\.\d*)?|\.\d+)$/.test(text)) return null;
  const limit = Number(text);
  return limit <= 100 ? limit : null;
}

/**
 * Reads `0.5` (of the average), `cite=0.3`, `cite-map=0.2` and `all=1`. Several may stand in one text, between commas.
 * @param example what a limit looks like, for messages
 * @param bareName what a number without a name is the limit of; null where a name is needed
 * @throws ScidocsError `USAGE` for an unknown or repeated name, an empty entry, a decimal comma, or a limit that is no number from 0 to 100
 */
export function readLimits(
  suite: Suite,
  texts: readonly string[],
  example: string,
  bareName: string | null = averageColumnId,
): readonly NamedLimit[] {
  const named = texts.flatMap((given) =>
    given.split(",").map((entry, index, entries): NamedLimit => {
      const text = entry.trim();
      const refuse = (why: string): never => {
        throw new ScidocsError("USAGE", `${given}: ${why}, such as ${example}`);
      };
      if (text === "") return refuse(entries.length > 1 ? "has an empty entry; expected limits" : "expected a limit");
      const at = text.lastIndexOf("=");
      if (at === -1 && index > 0) {
        return refuse(
          `${text} stands behind a comma without a name; write a decimal point (${entries[index - 1]?.trim()}.${text}), or COLUMN=LIMIT`,
        );
      }
      if (at === -1 && bareName === null) return refuse("expected COLUMN=SCORE");
      const limit = limitOf(text.slice(at + 1).trim());
      if (limit === null) return refuse("expected a number of points from 0 to 100");
      return { name: at === -1 ? (bareName ?? "") : spelt(suite, text.slice(0, at).trim()), limit };
    }),
  );
  return withoutRepeats(named, texts.join(" "));
}

/**
 * Reads limits as the command line takes them (`0.5` of the average, `cite=0.3`, `cite-map=0.2`, `all=1`) into limits by column id.
 * The more exact name wins.
 * @param suite whose columns and tasks are named, default SciDocs
 * @throws ScidocsError `USAGE` for an unknown or repeated name or a limit that is no number from 0 to 100
 */
export function parseLimits(texts: readonly string[], suite: Suite = defaultSuite): Map<string, number> {
  return limitsByColumn(suite, readLimits(suite, texts, `0.5 or ${suite.examples.tasks[0]}=0.5`));
}
