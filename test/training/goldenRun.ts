import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { goldenBatches } from "./stepsGolden.ts";

/** Writes the goldens' micro-batches as a file of triplets and one of papers; returns their paths. */
export function writeGoldenTriplets(folder: string): { trainFile: string; papersFile: string } {
  mkdirSync(folder, { recursive: true });
  const papers: Record<string, object> = {};
  const lines = goldenBatches().flatMap((batch, index) =>
    batch.map((triplet, row) => {
      const named = (role: "query" | "pos" | "neg"): string => {
        const id = `${index}-${row}-${role}`;
        const { title, abstract } = triplet[role];
        papers[id] = { paper_id: id, title, abstract };
        return id;
      };
      return JSON.stringify({ query: named("query"), positive: named("pos"), negative: named("neg"), kind: "easy" });
    }),
  );
  const [trainFile, papersFile] = [join(folder, "train.jsonl"), join(folder, "papers.json")];
  writeFileSync(trainFile, `${lines.join("\n")}\n`);
  writeFileSync(papersFile, JSON.stringify(papers));
  return { trainFile, papersFile };
}
