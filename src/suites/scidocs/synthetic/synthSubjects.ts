import type { PaperText } from "../../../datasets/types.ts";
import { type Generator, generator } from "../../../stats/random/generator.ts";
import { below, pick, skewedBelow, synthAbstract, synthTitle, type WordSource } from "./synthText.ts";
import { diseaseVocabularies, fieldVocabularies, termPrefixes } from "./synthVocabulary.ts";

const vocabularies = [...fieldVocabularies, ...diseaseVocabularies];

/** Domains that papers are about: 19 MAG fields, then 11 MeSH areas. */
export const domainCount = vocabularies.length;

/** Most subtopics of a domain; the number of subjects is this times {@link domainCount}. */
export const subtopicsAtMost = 80;

/** The domain of a subject; a subject is `subtopic * domainCount + domain`. */
export function domainOf(subject: number): number {
  return subject % domainCount;
}

/** The words of every subject: some of its domain's, and compound terms that no other subtopic of the domain has. */
export function subjectWords(seed: number, stream: number): (subject: number) => readonly string[] {
  const known = new Map<number, readonly string[]>();
  return (subject) => {
    const before = known.get(subject);
    if (before !== undefined) return before;
    const random = generator(seed, stream + subject);
    const vocabulary = vocabularies[domainOf(subject)] ?? [];
    const words = new Set<string>();
    while (words.size < 5) words.add(pick(random, vocabulary));
    while (words.size < 10) words.add(`${pick(random, termPrefixes)}${pick(random, vocabulary)}`);
    const list = [...words];
    known.set(subject, list);
    return list;
  };
}

/**
 * The text and year of a paper: words of its subtopic, its domain, often of a second domain, and noise. A few have no
 * abstract, no title, no text at all or no year, as the real files do, and a few abstracts are very long.
 * @param random the paper's own generator
 * @param age 0 for the oldest paper, 1 for the newest
 */
export function synthPaperText(
  random: Generator,
  id: string,
  subject: number,
  wordsOf: (subject: number) => readonly string[],
  age: number,
): PaperText {
  const source = wordSource(random, subject, wordsOf);
  const title = synthTitle(random, source);
  // 90 to 210 words, 150 on average; one in 150 several times as long, past what encoders read.
  const length = 90 + below(random, 61) + below(random, 61);
  const abstract = synthAbstract(random, source, below(random, 150) === 0 ? 4 * length : length);
  const fate = below(random, 1000);
  const year = 1984 + Math.floor(34 * age) + below(random, 3);
  return {
    id,
    title: fate < 3 ? null : fate < 5 ? "" : title,
    abstract: fate < 2 || (fate >= 5 && fate < 45) ? null : fate === 4 || (fate >= 45 && fate < 50) ? "" : abstract,
    year: below(random, 40) === 0 ? null : year,
  };
}

function wordSource(random: Generator, subject: number, wordsOf: (subject: number) => readonly string[]): WordSource {
  const own = vocabularies[domainOf(subject)] ?? [];
  const special = wordsOf(subject);
  // How plainly a paper speaks of its subject differs from paper to paper; that is what keeps scores below 100.
  const specialShare = 0.08 + 0.3 * random.uniform();
  const noiseShare = 0.1 + 0.25 * random.uniform();
  const second = vocabularies[below(random, domainCount)] ?? [];
  const secondShare = random.uniform() < 0.4 ? 0.15 + 0.35 * random.uniform() : 0;
  return {
    subject: () => {
      const draw = random.uniform();
      if (draw < specialShare) return pick(random, special);
      if (draw < specialShare + noiseShare) return pick(random, pick(random, vocabularies));
      const domain = draw < specialShare + noiseShare + secondShare ? second : own;
      return domain[skewedBelow(random, domain.length)] ?? "";
    },
  };
}
