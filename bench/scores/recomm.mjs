// The recommendation task at the real benchmark's size, features included: wall, CPU and peak memory, and the longest
// time the main thread was not free. Everything is made in memory from a seed; reading files is another part's subject.
import { availableParallelism } from "node:os";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { mt19937 } from "../../dist/stats/random/mt19937.js";
import { scoreRecommendation } from "../../dist/tasks/recommendation/recommendation.js";
import { vectorTable } from "../../dist/vectors/vectorTable.js";

const paperCount = 36_261;
const trainClicks = 4_000;
const otherClicks = 1_000;

const generator = mt19937(1);
const uniform = () => generator.nextUint32() / 2 ** 32;
const below = (limit) => generator.interval(limit - 1);
/** A length with a long tail: many short lists, few very long ones, the mean given. */
const longTailed = (mean) => Math.floor((mean * 0.5) / (uniform() + 0.14) ** 0.9);

function hexIds(count) {
  const bytes = Buffer.alloc(20);
  return Array.from({ length: count }, (_, i) => {
    bytes.writeUInt32BE(i);
    for (let at = 4; at < 20; at += 4) bytes.writeUInt32BE(generator.nextUint32(), at);
    return bytes.toString("hex");
  });
}

const words = "neural learning analysis model a of for the with based data-driven self-supervised COVID-19 graph".split(
  " ",
);

/** Papers whose lists are strings of their own, as a JSON reader makes them. */
function makePapers(ids) {
  const citable = [...ids, ...hexIds(400_000)];
  const authors = hexIds(60_000);
  const some = (list, mean) => Array.from({ length: longTailed(mean) }, () => list[below(list.length)]);
  return new Map(
    ids.map((id) => {
      const title = Array.from({ length: 6 + below(10) }, () =>
        uniform() < 0.6 ? words[below(words.length)] : `term${below(9000)}`,
      );
      const lists = JSON.parse(JSON.stringify([some(authors, 4), some(citable, 60), some(citable, 35)]));
      return [
        id,
        {
          id,
          title: `${title.join(" ")}.`,
          abstract: null,
          authors: lists[0],
          citedBy: lists[1],
          references: lists[2],
          year: 1970 + below(50),
        },
      ];
    }),
  );
}

function makeClicks(ids, count) {
  return Array.from({ length: count }, () => {
    const shownIds = Array.from({ length: 11 }, () => ids[below(ids.length)]);
    return { queryId: ids[below(ids.length)], clickedId: shownIds[Math.floor(11 * uniform() ** 2)], shownIds };
  });
}

function makeVectors(ids, dimensions) {
  const data = new Float32Array(new SharedArrayBuffer(ids.length * dimensions * 4));
  for (let i = 0; i < data.length; i++) data[i] = uniform() - 0.5;
  return vectorTable(ids, dimensions, data);
}

/** Runs the part and prints what it took. Flags: `--threads N` (default: the machine's), `--dimensions D` (default 768). */
export async function bench(flags = []) {
  const flag = (name, otherwise) => Number(flags.includes(name) ? flags[flags.indexOf(name) + 1] : otherwise);
  const threads = flag("--threads", availableParallelism());
  const dimensions = flag("--dimensions", 768);
  const ids = hexIds(paperCount);
  const data = {
    train: makeClicks(ids, trainClicks),
    val: makeClicks(ids, otherClicks),
    test: makeClicks(ids, otherClicks),
    propensities: Float64Array.from({ length: 11 }, (_, i) => 1 / (1 + i)),
    papers: makePapers(ids),
  };
  const vectors = makeVectors(ids, dimensions);
  const before = process.memoryUsage.rss();

  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const stages = new Map();
  const start = performance.now();
  const cpuBefore = process.cpuUsage();
  const onProgress = ({ stage }) => stages.set(stage, performance.now());
  const result = await scoreRecommendation({ name: "recomm", data, split: "test", vectors, threads }, { onProgress });
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  delay.disable();

  const features = (stages.get("recomm: features") - start) / 1000;
  console.log(
    `recommendation: ${result.trainTriples} triples, ${result.seeds.length} seeds, ${dimensions} dimensions, ${threads} threads`,
  );
  console.log(
    `  wall ${wall.toFixed(2)} s (features ${features.toFixed(2)}, training ${(wall - features).toFixed(2)})`,
  );
  console.log(`  CPU ${((user + system) / 1e6).toFixed(2)} s`);
  console.log(
    `  memory before ${Math.round(before / 2 ** 20)} MB, peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
  );
  console.log(`  main thread busy for at most ${Math.round(delay.max / 1e6)} ms on end`);
}
