// A benchmark of your own over files in the layout of SciDocs: declare its tasks, and everything works with it: runs, tables, comparisons,
// gates. This one makes a small dataset first, so that you can see what the files look like.
//
//   node examples/ownSuite.mjs [FOLDER]
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  encoderSource,
  formatTable,
  openDataset,
  ranking,
  resolveEncoder,
  runBenchmark,
  scoreTable,
  suite,
} from "scidocs";

const metadataFile = "papers.json";

/** One task: the papers of a reading list, ranked behind each other's titles. */
const readingLists = suite({
  id: "reading-lists",
  label: "Reading lists",
  tasks: [
    {
      id: "same-list",
      label: "same list",
      description: "papers of the same reading list",
      family: ranking,
      folder: "same-list",
      vectors: "papers",
      metadataFile,
    },
  ],
  vectorGroups: [{ id: "papers", description: "vectors of the papers" }],
  sizes: { files: {}, labelled: {}, judged: {}, bytes: {} },
  published: () => [],
  store: null,
  reproduction: null,
  // What help texts would take for examples.
  examples: { tasks: ["same-list", "same-list"], otherTask: "same-list", column: "same-list-map", percent: 80 },
  dataHint: "run examples/ownSuite.mjs, which makes it",
});

const lists = {
  search: [
    "Inverted indexes for web search",
    "Ranking documents by term frequency",
    "Query expansion in text retrieval",
  ],
  proteins: ["Folding of membrane proteins", "Protein structure from sequence", "Binding sites of enzymes"],
  galaxies: ["Rotation curves of spiral galaxies", "Dark matter in dwarf galaxies", "Star formation in early galaxies"],
};

const folder = process.argv[2] ?? join(tmpdir(), "reading-lists");
const papers = Object.entries(lists).flatMap(([list, titles]) =>
  titles.map((title, index) => ({ paper_id: `${list}-${index}`, title, abstract: null, list })),
);
/** Lines of a qrel file: query, 0, candidate, 1 for a paper of the same list. */
const judgements = papers.flatMap((query) =>
  papers
    .filter((paper) => paper !== query)
    .map((paper) => `${query.paper_id} 0 ${paper.paper_id} ${paper.list === query.list ? 1 : 0}\n`),
);
await mkdir(join(folder, "same-list"), { recursive: true });
const metadata = papers.map(({ list: _, ...paper }) => [paper.paper_id, paper]);
await writeFile(join(folder, metadataFile), JSON.stringify(Object.fromEntries(metadata)));
for (const split of ["val", "test"]) await writeFile(join(folder, `same-list/${split}.qrel`), judgements.join(""));

const dataset = await openDataset(folder, readingLists);
const { record } = await runBenchmark(dataset, encoderSource(await resolveEncoder("mini")));
process.stdout.write(formatTable(scoreTable([record], [], readingLists), "text", { columns: 80, color: false }));
