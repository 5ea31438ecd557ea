import { createHash } from "node:crypto";
import type { Paper } from "../../../datasets/types.ts";
import { type Generator, generator } from "../../../stats/random/generator.ts";
import { type BenchmarkSizes, total } from "../benchmarkSizes.ts";
import { type CitationGraph, citationGraph, type Home } from "./synthGraph.ts";
import { domainCount, domainOf, subjectWords, subtopicsAtMost, synthPaperText } from "./synthSubjects.ts";
import { below, skewedBelow } from "./synthText.ts";
import { fieldVocabularies } from "./synthVocabulary.ts";

/** Independent streams of one seed; a subject's or paper's number is added to the last two. */
export const synthStreams = {
  subjects: 1,
  graph: 2,
  withheld: 3,
  labels: 4,
  rankings: 5,
  clicks: 6,
  words: 2 ** 24,
  papers: 2 ** 25,
} as const;

/** Papers of one metadata file, by number in the world. */
export interface PaperPool {
  /** Papers that live here; they cite each other. */
  readonly home: Home;
  /** All that task files may name: the home's papers, then guests that another file holds as well. */
  readonly papers: Int32Array;
  /** Papers that the metadata file leaves out although task files name them. */
  readonly withheld: ReadonlySet<number>;
}

/** A synthetic world: papers with subjects, who cites whom, and which file holds whom. Texts are made on demand. */
export interface SynthWorld {
  readonly seed: number;
  readonly sizes: BenchmarkSizes;
  /** Papers in all. */
  readonly size: number;
  /** Labelled MAG papers first, then labelled MeSH papers, then some without label. */
  readonly cls: PaperPool;
  readonly ranking: PaperPool;
  readonly recomm: PaperPool;
  /** What each paper is about; see `domainOf`. */
  readonly subjectOf: Uint16Array;
  readonly graph: CitationGraph;
  readonly idOf: (paper: number) => string;
  readonly paperOf: (paper: number) => Paper;
}

/**
 * Makes a world. The same sizes and seed give the same world on every machine: nothing but integer arithmetic and
 * sums and products of doubles decides anything.
 */
export async function synthWorld(sizes: BenchmarkSizes, seed: number, signal?: AbortSignal): Promise<SynthWorld> {
  const labelled = total(sizes.mag) + total(sizes.mesh);
  const { cls: clsPapers, ranking: rankingPapers, recomm: recommPapers } = sizes.papers;
  const clsWithheld = Math.max(labelled - clsPapers, withheldCount(clsPapers));
  const cls: Home = { start: 0, size: clsPapers + clsWithheld };
  const ranking: Home = {
    start: cls.size,
    size: rankingPapers + withheldCount(rankingPapers) - guestCount(rankingPapers),
  };
  const recomm: Home = {
    start: ranking.start + ranking.size,
    size: recommPapers + withheldCount(recommPapers) - guestCount(recommPapers),
  };
  const size = recomm.start + recomm.size;

  const random = generator(seed, synthStreams.subjects);
  const subjectOf = Uint16Array.from({ length: size }, (_, paper) =>
    paper < labelled
      ? labelledSubject(random, paper < total(sizes.mag), labelled)
      : freeSubject(random, paper < cls.size ? labelled : paper < recomm.start ? ranking.size : recomm.size),
  );
  const graph = await citationGraph(
    generator(seed, synthStreams.graph),
    [cls, ranking, recomm],
    subjectOf,
    domainCount,
    sizes.references,
    signal,
  );
  const withheld = generator(seed, synthStreams.withheld);
  const idOf = (paper: number): string =>
    createHash("sha1").update(`scidocs synthetic paper ${seed} ${paper}`).digest("hex");
  const wordsOf = subjectWords(seed, synthStreams.words);
  const homeOf = (paper: number): Home => (paper < ranking.start ? cls : paper < recomm.start ? ranking : recomm);
  return {
    seed,
    sizes,
    size,
    cls: pool(withheld, cls, clsWithheld, labelled, null, 0),
    ranking: pool(withheld, ranking, withheldCount(rankingPapers), ranking.size, cls, guestCount(rankingPapers)),
    recomm: pool(withheld, recomm, withheldCount(recommPapers), recomm.size, ranking, guestCount(recommPapers)),
    subjectOf,
    graph,
    idOf,
    paperOf: (paper) => {
      const own = generator(seed, synthStreams.papers + paper);
      const { start, size: homeSize } = homeOf(paper);
      const age = (paper - start) / homeSize;
      return {
        ...synthPaperText(own, idOf(paper), subjectOf[paper] ?? 0, wordsOf, age),
        authors: authorsOf(own, subjectOf[paper] ?? 0),
        citedBy: Array.from(graph.citedBy.of(paper), idOf),
        references: Array.from(graph.references.of(paper), idOf),
      };
    },
  };
}

/** Papers that task files name and a metadata file of this size leaves out. */
function withheldCount(papers: number): number {
  return Math.max(2, Math.round(papers / 400));
}

/** Papers of another file that a metadata file of this size holds as well. */
function guestCount(papers: number): number {
  return Math.round(papers / 80);
}

function pool(
  random: Generator,
  home: Home,
  withheldWanted: number,
  /** The first so many papers of the home may be withheld. */
  named: number,
  guestsFrom: Home | null,
  guests: number,
): PaperPool {
  const papers = Int32Array.from({ length: home.size + guests }, (_, index) =>
    index < home.size ? home.start + index : (guestsFrom?.start ?? 0) + index - home.size,
  );
  const withheld = new Set<number>();
  while (withheld.size < withheldWanted) withheld.add(home.start + below(random, named));
  return { home, papers, withheld };
}

/** Labelled papers: classes of unequal size, as in the benchmark. */
function labelledSubject(random: Generator, isMag: boolean, labelled: number): number {
  const classes = isMag ? fieldVocabularies.length : domainCount - fieldVocabularies.length;
  const draw = random.uniform() < 0.3 ? skewedBelow(random, classes) : below(random, classes);
  const domain = isMag ? draw : fieldVocabularies.length + draw;
  const subtopics = Math.min(subtopicsAtMost, Math.max(2, Math.round(labelled / domainCount / 12)));
  return below(random, subtopics) * domainCount + domain;
}

/** Papers of a pool of `papers`: about 14 a subject, until there are no more subjects. */
function freeSubject(random: Generator, papers: number): number {
  return below(random, Math.min(subtopicsAtMost * domainCount, Math.max(domainCount, Math.round(papers / 14))));
}

/** One to six authors, most of them from the twenty who work on the subject. */
function authorsOf(random: Generator, subject: number): readonly string[] {
  const authors = new Set<number>();
  const wanted = 1 + below(random, 6);
  for (let draw = 0; draw < wanted; draw += 1) {
    const field = random.uniform() < 0.85 ? subject : below(random, subtopicsAtMost) * domainCount + domainOf(subject);
    authors.add(1_000_000 + field * 20 + below(random, 20));
  }
  return Array.from(authors, String);
}
