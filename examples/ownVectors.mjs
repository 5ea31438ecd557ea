// Scores vectors of your own making: a VectorSource is all that the benchmark asks for. This one knows a paper by the letters of its title,
// three at a time, which is about the least that can be called an encoder.
//
//   node examples/ownVectors.mjs [DATA]
import { fileURLToPath } from "node:url";
import { forAllGroups, formatTable, openDataset, runBenchmark, scoreTable, unknownModel, vectorTable } from "scidocs";

const dimensions = 256;

/** Counts of a text's letter triples, folded into a vector. */
function vectorOf(text) {
  const vector = new Float32Array(dimensions);
  const padded = ` ${text.toLowerCase()} `;
  for (let at = 0; at + 3 <= padded.length; at++) {
    let place = 0;
    for (const letter of padded.slice(at, at + 3)) place = (place * 31 + (letter.codePointAt(0) ?? 0)) % dimensions;
    vector[place] += 1;
  }
  return vector;
}

/** @type {import("scidocs").VectorSource<readonly { id: string, title: string | null }[], import("scidocs").SourceVectors>} */
const letters = {
  needs: "texts",
  groups: null,
  stage: "vectors",
  // Each paper once, though several files of the dataset may have it.
  plan: async ({ papers }) => [
    ...new Map(papers.flatMap((file) => file.papers.map((paper) => [paper.id, paper]))).values(),
  ],
  vectors: async (papers) => {
    const data = new Float32Array(papers.length * dimensions);
    for (const [row, { title }] of papers.entries()) data.set(vectorOf(title ?? ""), row * dimensions);
    const table = vectorTable(
      papers.map(({ id }) => id),
      dimensions,
      data,
    );
    return { vectors: forAllGroups(table), texts: null };
  },
  facts: () => unknownModel("letter triples", "vectors", dimensions),
  settings: () => ({}),
  notes: () => ["Vectors are counts of the letter triples of titles."],
};

const data = process.argv[2] ?? fileURLToPath(new URL("../datasets/mini", import.meta.url));
const { record } = await runBenchmark(await openDataset(data), letters, { tasks: ["cite", "co-cite"] });
process.stdout.write(formatTable(scoreTable([record]), "markdown", { columns: 100, color: false }));
