// Trains a small encoder on a collection's citations, as SPECTER was, and scores it before and after: papers to a citation graph, the graph
// to triplets, triplets to a checkpoint, the checkpoint to a row of the table. About a minute; a second run finds all done.
//
//   node examples/trainEncoder.mjs [FOLDER] [STEPS]
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  encoderSource,
  makeCitationGraph,
  makeTriplets,
  openDataset,
  planTraining,
  resolveEncoder,
  runBenchmark,
  synthesize,
  trainModel,
} from "scidocs";

const folder = process.argv[2] ?? "own-encoder";
const maxSteps = Number(process.argv[3] ?? 600);
const benchmark = fileURLToPath(new URL("../datasets/mini", import.meta.url));

// In place of a collection of one's own: papers of another made-up world than the benchmark's.
const collection = join(folder, "collection");
if (!existsSync(collection)) await synthesize({ folder: collection, scale: 0.02, seed: 2 });

const graph = await makeCitationGraph({
  papersFiles: [join(collection, "paper_metadata_view_cite_read.json")],
  excludeFolder: benchmark,
  outFolder: join(folder, "graph"),
});
console.log(`${graph.counts.citations} citations, ${graph.queries.train} queries to train on`);

const triplets = join(folder, "triplets");
const { record } = await makeTriplets({ dataFolder: join(folder, "graph"), outFolder: triplets });
console.log(`${record.sets.train.kept} triplets, ${record.sets.train.keptHard} of them hard`);

/** Cite MAP of a checkpoint on the benchmark's test split, in percent. */
async function citeMap(checkpoint) {
  const encoder = await resolveEncoder(checkpoint);
  const { record: scored } = await runBenchmark(await openDataset(benchmark), encoderSource(encoder), {
    tasks: ["cite"],
  });
  return scored.scores["cite-map"] ?? Number.NaN;
}

/** Trains, and says where the best model lies. */
async function trained(name, steps, learningRate) {
  const { job } = await planTraining({
    init: "random:layers=2,hidden=64",
    vocab: "mini",
    triplets,
    output: join(folder, name),
    preset: "original",
    pooling: "words",
    optimizer: "adamw",
    dropout: 0,
    maxLength: 32,
    batchSize: 16,
    accumulate: 1,
    epochs: 1,
    learningRate,
    maxSteps: steps,
    numDevInstances: 200,
  });
  const { bestFolder } = await trainModel(job, {
    onEvent: (event) => event.kind === "note" && console.log(event.text),
  });
  return bestFolder;
}

// One update at a rate of 0 leaves the weights as they were drawn.
const before = await citeMap(await trained("before", 1, 0));
const after = await citeMap(await trained("model", maxSteps, 1e-3));
console.log(`cite MAP: ${before.toFixed(2)} before, ${after.toFixed(2)} after ${maxSteps} updates`);
