import type { Generator } from "../../../stats/random/generator.ts";
import { academicWords } from "./synthVocabulary.ts";

/** Draws the words of one paper: its subtopic's, its field's, or noise from another field. */
export interface WordSource {
  /** A word of the paper's subject. */
  readonly subject: () => string;
}

// Sentences with slots: {s} a word of the subject, {a} a word all papers share, {n} a number.
const titlePatterns: readonly string[] = [
  "{s} and {s} in {s}: a {a} {a}",
  "A {a} {a} of {s} {s} for {s} {s}",
  "{s} {s} under {s} {s}: {a} from {n} cases",
  "On the {a} of {s} in {s} and {s} {s}",
  "The {a} of {s} {s} on {s}, {s} and {s}",
  "Towards {a} {s}: {s} {s} with {s} {s}",
  "{s}-based {s} and its {a} to {s} {s}",
  "{s} {s}, {s} {s}: the {a} of {s} revisited",
  "Does {s} predict {s}? {a} evidence from {s} {s}",
];

const openingPatterns: readonly string[] = [
  "The {a} of {s} in {s} {s} has received much attention, yet the {a} of {s} {s} is poorly understood.",
  "Recent work on {s} and {s} suggests that {s} {s} plays a {a} role in {s}.",
  "Although {s} {s} is a central problem in the study of {s}, few {a} studies have addressed {s} and {s}.",
  "We study {s} {s} and its {a} with {s}, {s} and {s}.",
  "Understanding how {s} shapes {s} {s} is important for {s} and for the {a} of {s}.",
];

const middlePatterns: readonly string[] = [
  "In this paper we present a {a} {a} for {s} {s} that combines {s} with {s}.",
  "Using data from {n} {s} and {n} {s}, we examine the {a} between {s} and {s}.",
  "Our {a} takes {s} into account and extends earlier results on {s} {s} to {s}.",
  "The {a} was applied to {s}, {s} and {s}, and its {a} was compared with that of {s} {s}.",
  "We found that {s} was associated with {s} (p < 0.0{n}), whereas {s} {s} showed no {a} {a}.",
  "Compared with {s}, the {a} of {s} {s} increased by {n}% when {s} was controlled for {s}.",
  "A {a} {a} shows that the {s} of {s} depends on {s} and on the {a} of {s}.",
  "This {a} reveals {s} {s} at the {a} of {s}, which had not been observed in {s}.",
  "Both {s} and {s} were measured in {n} samples of {s} before and after {s}.",
  "To this end, {s} {s} is described by {s}, and {s} is estimated from {s} {s}.",
  "The {a} {a} of {s} and {s} remains stable across {s}, {s} and {s}.",
  "Furthermore, {s} with {s} {s} improves {s} without loss of {s}.",
];

const closingPatterns: readonly string[] = [
  "These results suggest that {s} {s} should be considered in {s} and in the {a} of {s}.",
  "We conclude that {s} is a {a} {a} of {s} and discuss the {a} for {s} {s}.",
  "The findings have {a} implications for {s}, {s} and future work on {s}.",
  "Our {a} contributes to the understanding of {s} and opens new questions about {s} {s}.",
];

/**
 * A title of about ten words.
 * @param random draws the pattern and the shared words
 */
export function synthTitle(random: Generator, source: WordSource): string {
  return capitalised(fill(pick(random, titlePatterns), random, source));
}

/**
 * An abstract: an opening, sentences until it has the wanted length, a closing.
 * @param targetWords about how many words it gets
 */
export function synthAbstract(random: Generator, source: WordSource, targetWords: number): string {
  const sentences = [fill(pick(random, openingPatterns), random, source)];
  const closing = fill(pick(random, closingPatterns), random, source);
  let count = wordsIn(sentences[0] ?? "") + wordsIn(closing);
  while (count < targetWords) {
    const sentence = fill(pick(random, middlePatterns), random, source);
    count += wordsIn(sentence);
    sentences.push(sentence);
  }
  return [...sentences, closing].map(capitalised).join(" ");
}

/** One of a list, all equally likely. */
export function pick<T>(random: Generator, list: readonly T[]): T {
  const value = list[below(random, list.length)];
  if (value === undefined) throw new RangeError("nothing to pick from");
  return value;
}

/** A whole number from 0 up to but not including `bound`. */
export function below(random: Generator, bound: number): number {
  return Math.floor(random.uniform() * bound);
}

/** A place in a list of `length`, earlier ones more often (density falls as 1/sqrt). Products only: no function whose bits differ by machine. */
export function skewedBelow(random: Generator, length: number): number {
  const draw = random.uniform();
  return Math.floor(draw * draw * length);
}

function fill(pattern: string, random: Generator, source: WordSource): string {
  return pattern.replace(/\{([san])\}/g, (_, slot: string) => {
    if (slot === "s") return source.subject();
    if (slot === "a") return pick(random, academicWords);
    return String(1 + skewedBelow(random, 400));
  });
}

function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

function wordsIn(sentence: string): number {
  let count = 1;
  for (let at = sentence.indexOf(" "); at !== -1; at = sentence.indexOf(" ", at + 1)) count += 1;
  return count;
}
