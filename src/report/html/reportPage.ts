import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { RunControl } from "../../progress.ts";
import type { RecordComparison } from "../../results/compare/comparison.ts";
import { familiesOf, type Suite } from "../../suites/suite.ts";
import { suiteOf } from "../../suites/suites.ts";
import { resultOf } from "../../tasks/families.ts";
import type { ReportSection } from "../../tasks/familyReport.ts";
import { breathe } from "../../threads/breathe.ts";
import { letterOf } from "../rankMarks.ts";
import type { ScoreTable } from "../scoreTable.ts";
import type { Lettered } from "./charts.ts";
import { collectQueries, type QuerySources, queryRows } from "./collectQueries.ts";
import { matrixSection, querySection, settingsSection } from "./detailSections.ts";
import { itemSection } from "./itemSection.ts";
import type { Markup } from "./markup.ts";
import { overviewSection } from "./overview.ts";
import { framePage, type PageClient } from "./pageFrame.ts";
import { chartSection, curveSection, differenceSection, tableSection, trendSection } from "./scoreSections.ts";
import { verdictSection } from "./verdictSection.ts";

/** Everything a page is made of. */
export interface ReportSources extends Pick<QuerySources, "judged" | "titleOf"> {
  /** Records in the order of the table; the first is what the others are held against. */
  readonly records: readonly Omit<Lettered, "letter">[];
  /** The table of these records, marks included. */
  readonly table: ScoreTable;
  /** Of each further record with the first; null where they are not comparable. */
  readonly comparisons: readonly (RecordComparison | null)[];
  readonly client: PageClient;
  /** What the page may weigh; candidates' titles are left out to keep to it. */
  readonly maxBytes: number;
  /** The records' suite, where it is one of one's own. */
  readonly suite?: Suite;
}

/** A page, and what it had to leave out. */
export interface ReportPage {
  readonly text: string;
  /** Queries whose candidates have no titles for want of room. */
  readonly queriesWithoutTitles: number;
}

const compress = promisify(gzip) as (text: string, options: { level: number }) => Promise<Buffer>;

/** Letters of the page's records: capitals, for the table's small ones mark what is better than what. */
export function recordLetter(index: number): string {
  return letterOf(index).toUpperCase();
}

/** Sections that every page has, before and after those of the families. */
const first = [
  ["verdict", "Verdict"],
  ["scores", "Scores"],
  ["overview", "Overview"],
  ["tasks", "Task by task"],
  ["differences", "Differences"],
  ["history", "History"],
] as const;
const last = [
  ["queries", "Queries"],
  ["settings", "Settings"],
] as const;

/** The families' own sections: pictures before tables, whatever the order of the tasks. */
function familySections(suite: Suite, records: readonly Lettered[]): ReportSection[] {
  const order: readonly ReportSection["form"][] = ["curves", "matrices", "items"];
  return [...familiesOf(suite)]
    .flatMap(([family, tasks]) => {
      const results = records.map(({ record }) => tasks.map(({ id }) => resultOf(family, record.tasks[id])));
      return family.report.sections?.(tasks, results) ?? [];
    })
    .toSorted((x, y) => order.indexOf(x.form) - order.indexOf(y.form));
}

function drawSection(section: ReportSection, records: readonly Lettered[]): Markup {
  switch (section.form) {
    case "curves":
      return curveSection(section, records);
    case "matrices":
      return matrixSection(section, records);
    case "items":
      return itemSection(section, records);
  }
}

function frame(
  { records, client }: ReportSources,
  suite: Suite,
  own: readonly ReportSection[],
  sections: readonly (Markup | null)[],
): string {
  const [head] = records;
  return framePage(
    {
      title: `${suite.label}: ${records.map(({ record }) => record.model.name).join(", ")}`,
      heading: `${suite.label} report`,
      subtitle: head === undefined ? "" : `${head.record.dataset.name}, ${head.record.split} split`,
      navigation: [...first, ...own.map(({ id, name }) => [id, name] as const), ...last],
      footer:
        "Scores x100, higher is better. Made by scidocs from run records; the page holds everything it shows and loads nothing.",
      client,
    },
    sections,
  );
}

/**
 * Writes the page. What grows with the benchmark is the list of queries, and of that nearly all is candidates' titles:
 * they are given up, the least interesting queries first, until the page fits.
 * @throws ScidocsError `INTERRUPTED`
 */
export async function reportPage(sources: ReportSources, control: RunControl = {}): Promise<ReportPage> {
  const lettered = sources.records.map((entry, index): Lettered => ({ ...entry, letter: recordLetter(index) }));
  const suite = suiteOf(
    lettered.map(({ record }) => record),
    sources.suite,
  );
  const own = familySections(suite, lettered);
  const letters = lettered.map(({ letter }) => letter);
  const before: (Markup | null)[] = [];
  // Each takes a moment at full size; between them the stop signal gets its turn.
  const sections = [
    () => verdictSection(suite, lettered, sources.comparisons),
    () => tableSection(sources.table, lettered),
    () => overviewSection(suite, lettered),
    () => chartSection(suite, lettered, control),
    () => differenceSection(suite, lettered, sources.comparisons, control),
    () =>
      trendSection(
        suite,
        lettered.map(({ record }) => record),
      ),
    ...own.map((section) => () => drawSection(section, lettered)),
  ];
  const tell = (done: number): void =>
    control.onProgress?.({ stage: "drawing the page", done, total: sections.length, unit: "sections" });
  for (const [index, section] of sections.entries()) {
    tell(index);
    before.push(await section());
    await breathe(control);
  }
  tell(sections.length);
  const settings = settingsSection(suite, lettered);
  const labels = suite.tasks
    .filter((task) => lettered.some(({ record }) => queryRows(task, record) !== null))
    .map((task) => task.label);
  const records = lettered.map(({ record }) => record);

  const write = async (titleBudget: number) => {
    await breathe(control);
    const { data, withoutTitles } = collectQueries({ ...sources, suite, letters, records }, titleBudget);
    const packed = (await compress(JSON.stringify(data), { level: 6 })).toString("base64");
    const note =
      withoutTitles > 0
        ? `The candidates' titles of ${withoutTitles} queries are left out to keep the page small (--max-size).`
        : null;
    const queries = querySection(lettered, labels, note, packed);
    const text = frame(sources, suite, own, [...before, queries, settings]);
    return {
      text,
      bytes: Buffer.byteLength(text),
      queriesWithoutTitles: withoutTitles,
      titleCharacters: data.titles.reduce((sum, title) => sum + title.length, 0),
    };
  };

  // A character of titles weighs 0.2 to 0.6 bytes once compressed and written in base64: what it does here is measured
  // on a first page, for which titles of three times the page's size are more than enough.
  let page = await write(3 * sources.maxBytes);
  const bare = page.bytes > sources.maxBytes ? await write(0) : page;
  for (let attempt = 0; attempt < 6 && page.bytes > sources.maxBytes && page.titleCharacters > 0; attempt++) {
    const weight = (page.bytes - bare.bytes) / page.titleCharacters;
    // Later titles repeat earlier ones' words and weigh less: aim a little low.
    page = await write(Math.max(0, (0.95 * (sources.maxBytes - bare.bytes)) / weight));
  }
  return { text: page.text, queriesWithoutTitles: page.queriesWithoutTitles };
}
