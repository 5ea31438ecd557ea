import type { RunRecord } from "../../results/schema.ts";
import type { Suite, Task } from "../../suites/suite.ts";
import { resultOf } from "../../tasks/families.ts";
import type { JudgedCandidates, QueryRows } from "../../tasks/familyReport.ts";
import { firstPosition, type QueryData, type QueryTask } from "./queryData.ts";

/** What the list of queries is made of. */
export interface QuerySources {
  readonly suite: Suite;
  readonly letters: readonly string[];
  readonly records: readonly RunRecord[];
  /** Judged candidates by task, where the dataset is there: which paper stands at which position. */
  readonly judged: ReadonlyMap<string, readonly JudgedCandidates[]>;
  readonly titleOf: (id: string) => string | null;
}

/** The list of queries, and how many of them had to do without their candidates' titles. */
export interface CollectedQueries {
  readonly data: QueryData;
  readonly withoutTitles: number;
}

/** Long titles are cut: the list is for finding one's way, not for reading. */
const titleLength = 110;

function shortTitle(title: string): string {
  return title.length <= titleLength ? title : `${title.slice(0, titleLength - 1).trimEnd()}…`;
}

interface Query {
  readonly id: string;
  readonly averagePrecision: (number | null)[];
  readonly order: (readonly number[] | null)[];
  readonly grades: string[];
}

/** The rows of a task's queries; null where it did not run, or its family has none. */
export function queryRows({ id, family }: Task, record: RunRecord): QueryRows | null {
  const result = resultOf(family, record.tasks[id]);
  return result === null ? null : (family.report.queries?.rows(result) ?? null);
}

function queriesOf(results: readonly (QueryRows | null)[], lists: readonly JudgedCandidates[]): Query[] {
  const queries = new Map<string, Query>();
  const judged = new Map(lists.map((query) => [query.queryId, query]));
  for (const [record, result] of results.entries()) {
    if (result === null) continue;
    const { query: ids, averagePrecision, order, relevance } = result;
    for (const [index, id] of ids.entries()) {
      let query = queries.get(id);
      if (query === undefined) {
        const grades = Array.from(judged.get(id)?.relevance ?? [], (grade) => String(Math.min(9, Math.max(0, grade))));
        query = { id, averagePrecision: results.map(() => null), order: results.map(() => null), grades };
        queries.set(id, query);
      }
      query.averagePrecision[record] = Math.round(10_000 * averagePrecision[index]!);
      query.order[record] = order[index] ?? null;
      for (const [rank, position] of (order[index] ?? []).entries()) {
        while (query.grades.length <= position) query.grades.push("?");
        query.grades[position] = String(Math.min(9, Math.max(0, relevance[index]?.[rank] ?? 0)));
      }
    }
  }
  return [...queries.values()];
}

/** How much a reader will want to look at a query: by how much the records differ on it, else how badly it went. */
function interest(query: Query): number {
  const values = query.averagePrecision.filter((value) => value !== null);
  if (values.length < 2) return 10_000 - (values[0] ?? 10_000);
  return Math.max(...values) - Math.min(...values);
}

/**
 * Collects the queries of the tasks that have some with their rankings. Candidates' titles are many times larger than all the rest;
 * they are given to the most interesting queries first, as far as the budget goes.
 * @param titleBudget characters of candidates' titles
 */
export function collectQueries(sources: QuerySources, titleBudget: number): CollectedQueries {
  const { suite, letters, records, judged, titleOf } = sources;
  const byTask = suite.tasks.flatMap((task) => {
    const results = records.map((record) => queryRows(task, record));
    const queries = queriesOf(results, judged.get(task.id) ?? []);
    return queries.length === 0 ? [] : [{ task, queries }];
  });
  const titles: string[] = [];
  const indexOf = new Map<string, number>();
  let left = titleBudget;
  const titleIndex = (id: string): number => {
    const known = indexOf.get(id);
    if (known !== undefined) return known;
    const title = titleOf(id);
    const index = title === null ? -1 : titles.push(shortTitle(title)) - 1;
    if (index >= 0) left -= titles[index]!.length;
    indexOf.set(id, index);
    return index;
  };
  const titled = new Map<Query, readonly number[]>();
  let wanted = 0;
  const ordered = byTask
    .flatMap(({ task, queries }) => {
      const lists = new Map(judged.get(task.id)?.map((query) => [query.queryId, query.candidateIds]));
      return queries.map((query) => ({ query, candidateIds: lists.get(query.id) }));
    })
    .sort((x, y) => interest(y.query) - interest(x.query));
  for (const { query, candidateIds } of ordered) {
    if (candidateIds === undefined) continue;
    wanted++;
    if (left > 0) titled.set(query, candidateIds.map(titleIndex));
  }
  const tasks = byTask.map(
    ({ task, queries }): QueryTask => ({
      label: task.label,
      queryIds: queries.map(({ id }) => id),
      queryTitles: queries.map(({ id }) => {
        const title = titleOf(id);
        return title === null ? null : shortTitle(title);
      }),
      averagePrecision: records.map((_, record) => queries.map((query) => query.averagePrecision[record] ?? null)),
      order: records.map((_, record) =>
        queries.map((query) => {
          const order = query.order[record] ?? null;
          return order === null ? null : String.fromCharCode(...order.map((position) => firstPosition + position));
        }),
      ),
      grades: queries.map(({ grades }) => grades.join("")),
      candidates: queries.map((query) => titled.get(query) ?? null),
    }),
  );
  return { data: { letters, titles, tasks }, withoutTitles: wanted - titled.size };
}
