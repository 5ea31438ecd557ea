import type { Click, JudgedQuery } from "../../../datasets/types.ts";
import { type Generator, generator } from "../../../stats/random/generator.ts";
import { total } from "../benchmarkSizes.ts";
import { groupPapers, type PaperGroups } from "./synthGraph.ts";
import { domainCount, domainOf, subtopicsAtMost } from "./synthSubjects.ts";
import { below } from "./synthText.ts";
import { fieldVocabularies } from "./synthVocabulary.ts";
import { type PaperPool, type SynthWorld, synthStreams } from "./synthWorld.ts";

/** Relevant candidates of a query, and about how many others it has. */
const relevantPerQuery = 5;
const othersPerQuery = 25;

/** The ranking tasks, in the order of their random streams. */
export const synthRankings = ["co-view", "co-read", "cite", "co-cite"] as const;
export type SynthRanking = (typeof synthRankings)[number];

/** Share of a user's session that stays in one subject, and in its domain; the rest is anything. */
const sessions = { "co-view": { subject: 0.62, domain: 0.14 }, "co-read": { subject: 0.74, domain: 0.12 } } as const;

/** How likely a reader looks at a displayed position at all; written to the propensity file. */
export const examination: readonly number[] = [0.94, 0.61, 0.46, 0.37, 0.31, 0.27, 0.24, 0.22, 0.2, 0.19];

/** Rows `paper, label` of MAG and MeSH in the order of train, val, test; one label in sixteen is wrong. */
export function synthLabels(world: SynthWorld, task: "mag" | "mesh"): { paper: number; label: number }[] {
  const random = generator(world.seed, synthStreams.labels + (task === "mag" ? 0 : 2 ** 16));
  const sizes = world.sizes[task];
  const first = task === "mag" ? 0 : total(world.sizes.mag);
  const firstClass = task === "mag" ? 0 : fieldVocabularies.length;
  const classes = task === "mag" ? fieldVocabularies.length : domainCount - fieldVocabularies.length;
  return Array.from({ length: total(sizes) }, (_, row) => {
    const paper = first + row;
    const label = below(random, 16) === 0 ? below(random, classes) : domainOf(world.subjectOf[paper]!) - firstClass;
    return { paper, label };
  });
}

/** Judgements of one ranking task: val queries first, then as many test queries. Nobody is a query twice. */
export function synthQueries(world: SynthWorld, task: SynthRanking): JudgedQuery[] {
  const stream = synthRankings.indexOf(task);
  const random = generator(world.seed, synthStreams.rankings + stream * 2 ** 16);
  const { ranking, subjectOf, graph, idOf } = world;
  const { start, size } = ranking.home;
  const neighbours = neighbourhood(ranking, subjectOf);
  const relatedOf = (query: number): number[] | null => {
    if (task === "cite") return sample(random, graph.references.of(query), relevantPerQuery);
    if (task !== "co-cite") return session(random, query, ranking, subjectOf, neighbours, sessions[task]);
    const citing = graph.citedBy.of(query);
    if (citing.length === 0) return null;
    const together = graph.references.of(citing[below(random, citing.length)]!).filter((paper) => paper !== query);
    return sample(random, together, relevantPerQuery);
  };
  const queries: JudgedQuery[] = [];
  const asked = new Set<number>();
  while (queries.length < 2 * world.sizes.queries) {
    const query = start + below(random, size);
    const related = asked.has(query) ? null : relatedOf(query);
    if (related === null) continue;
    asked.add(query);
    const candidates = new Map(related.map((paper) => [paper, 1]));
    const wanted = relevantPerQuery + othersPerQuery - 1 + below(random, 3);
    while (candidates.size < wanted) {
      // A few of the others are near the query, as a search engine's would be.
      const near = below(random, 8) === 0 ? neighbours.domain.members(domainOf(subjectOf[query]!)) : ranking.papers;
      const other = near[below(random, near.length)]!;
      if (other !== query && !candidates.has(other)) candidates.set(other, 0);
    }
    const shuffled = shuffle(random, [...candidates]);
    queries.push({
      queryId: idOf(query),
      candidateIds: shuffled.map(([paper]) => idOf(paper)),
      relevance: Int32Array.from(shuffled, ([, grade]) => grade),
    });
  }
  return queries;
}

/**
 * Clicks on lists of similar papers, in the order of train, val, test. A reader looks at a position with the likelihood
 * of {@link examination} and prefers what is close to the query, so that clicks say something of both.
 */
export function synthClicks(world: SynthWorld): Click[] {
  const random = generator(world.seed, synthStreams.clicks);
  const { recomm, subjectOf, graph, idOf } = world;
  const neighbours = neighbourhood(recomm, subjectOf);
  return Array.from({ length: total(world.sizes.clicks) }, () => {
    const query = recomm.home.start + below(random, recomm.home.size);
    const subject = subjectOf[query]!;
    const shown = new Set<number>();
    const wanted = 4 + below(random, examination.length - 3);
    for (let draws = 0; shown.size < wanted; draws += 1) {
      const kind = random.uniform();
      const from =
        // A subject with few papers cannot fill a list by itself.
        draws > 50 || kind >= 0.52
          ? recomm.papers
          : kind < 0.04
            ? graph.references.of(query)
            : kind < 0.32
              ? neighbours.subject.members(subject)
              : neighbours.domain.members(domainOf(subject));
      const paper = from[below(random, from.length)];
      if (paper !== undefined && paper !== query) shown.add(paper);
    }
    const list = shuffle(random, [...shown]);
    const appeal = list.map((paper, position) => {
      const near = subjectOf[paper] === subject ? 14 : domainOf(subjectOf[paper]!) === domainOf(subject) ? 4 : 1;
      return near * examination[position]!;
    });
    return {
      queryId: idOf(query),
      clickedId: idOf(list[weighted(random, appeal)]!),
      shownIds: list.map(idOf),
    };
  });
}

interface Neighbourhood {
  readonly subject: PaperGroups;
  readonly domain: PaperGroups;
}

function neighbourhood({ home }: PaperPool, subjectOf: Uint16Array): Neighbourhood {
  return {
    subject: groupPapers(home.start, home.size, subtopicsAtMost * domainCount, (paper) => subjectOf[paper]!),
    domain: groupPapers(home.start, home.size, domainCount, (paper) => domainOf(subjectOf[paper]!)),
  };
}

/** What one user looked at beside the query. */
function session(
  random: Generator,
  query: number,
  pool: PaperPool,
  subjectOf: Uint16Array,
  neighbours: Neighbourhood,
  share: { readonly subject: number; readonly domain: number },
): number[] {
  const seen = new Set<number>();
  for (let draws = 0; seen.size < relevantPerQuery; draws += 1) {
    const kind = random.uniform();
    const from =
      // A subject with too few papers cannot fill a session by itself.
      kind < share.subject && draws < 40
        ? neighbours.subject.members(subjectOf[query]!)
        : kind < share.subject + share.domain
          ? neighbours.domain.members(domainOf(subjectOf[query]!))
          : pool.papers;
    const paper = from[below(random, from.length)]!;
    if (paper !== query) seen.add(paper);
  }
  return [...seen];
}

/** `count` different members of a list, null when it is shorter. */
function sample(random: Generator, list: Int32Array, count: number): number[] | null {
  return list.length < count ? null : shuffle(random, [...list]).slice(0, count);
}

function shuffle<T>(random: Generator, list: T[]): T[] {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = below(random, last + 1);
    [list[last], list[other]] = [list[other]!, list[last]!];
  }
  return list;
}

function weighted(random: Generator, weights: readonly number[]): number {
  let left = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return index;
  }
  return weights.length - 1;
}
