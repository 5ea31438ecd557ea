import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TrainingRequest } from "../../src/index.ts";
import { generator } from "../../src/stats/random/generator.ts";

const topics = ["quark lepton boson", "genome protein enzyme", "glacier monsoon ocean", "kernel compiler thread"];

/**
 * Writes papers of four topics, triplets whose positives are of the query's topic, and a vocabulary of the words: enough for a small
 * model to learn something in a second.
 */
export function writeTinyTraining(folder: string, triplets = 24, seed = 3): void {
  mkdirSync(folder, { recursive: true });
  const random = generator(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random.uniform() * values.length)] as T;
  const papers: Record<string, object> = {};
  const byTopic = topics.map((words, topic) =>
    Array.from({ length: 6 }, (_, index) => {
      const id = `t${topic}-${index}`;
      const some = (count: number): string => Array.from({ length: count }, () => pick(words.split(" "))).join(" ");
      papers[id] = { paper_id: id, title: some(2 + (index % 3)), abstract: some(3 + index) };
      return id;
    }),
  );
  const lines = (count: number): string =>
    Array.from({ length: count }, () => {
      const topic = Math.floor(random.uniform() * 4);
      const other = (topic + 1 + Math.floor(random.uniform() * 3)) % 4;
      const [own = [], far = []] = [byTopic[topic], byTopic[other]];
      const query = pick(own);
      const positive = pick(own.filter((id) => id !== query));
      return `${JSON.stringify({ query, positive, negative: pick(far), kind: "easy" })}\n`;
    }).join("");
  const words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", ...topics.flatMap((each) => each.split(" "))];
  writeFileSync(join(folder, "vocab.txt"), `${words.join("\n")}\n`);
  writeFileSync(join(folder, "train.jsonl"), lines(triplets));
  writeFileSync(join(folder, "dev.jsonl"), lines(8));
  writeFileSync(join(folder, "papers.json"), JSON.stringify(papers));
}

/** What asks for a training on what {@link writeTinyTraining} wrote into a folder, in batches of four. */
export function tinyRequest(folder: string, init: string): TrainingRequest {
  return {
    init,
    vocab: join(folder, "vocab.txt"),
    trainFile: join(folder, "train.jsonl"),
    devFile: join(folder, "dev.jsonl"),
    papersFile: join(folder, "papers.json"),
    output: join(folder, "out"),
    batchSize: 4,
    accumulate: 1,
    threads: 1,
  };
}

/** Flags of a training on it that takes a second or two: dropout, shuffling and accumulation included. */
export const tinyFlags: readonly string[] = [
  ...["--init", "random:layers=2,hidden=16,heads=2,positions=32", "--vocab", "vocab.txt"],
  ...["--train-path", "train.jsonl", "--dev-path", "dev.jsonl", "--papers", "papers.json"],
  ...["--batch-size", "2", "--accumulate", "2", "--epochs", "3", "--lr", "1e-3", "--shuffle", "--threads", "1"],
];

/** Words of a command of which only the last stays of a flag that is there twice, with its value: a flag of the test's in place of one of these. */
export function lastOfEach(words: readonly string[]): string[] {
  const isFlag = (word: string | undefined): boolean => word?.startsWith("--") === true;
  const isSpare = (at: number): boolean => isFlag(words[at]) && words.indexOf(words[at] ?? "", at + 1) !== -1;
  return words.filter((word, at) => !isSpare(at) && !(isSpare(at - 1) && !isFlag(word)));
}
