// Papers and judgements of the ranking tasks at the real benchmark's size, written to a folder: vectors that look like
// a BERT encoder's (float32, most values within +-1.5, five dimensions near +-10), printed as Python prints them, and
// four tasks of 1,000 queries with 30 candidates each.
import { once } from "node:events";
import { createWriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { npyHeader } from "../../dist/vectors/binary/npy.js";
import { normals } from "./classificationData.mjs";

/** Papers of the real table for the ranking tasks and the clicks. */
export const rankingPapers = 142_009;
export const dimensions = 768;
export const tasks = ["coview", "coread", "cite", "cocite"];
const topics = 400;

/** A 40-digit hexadecimal id. */
function paperId(uniform) {
  let id = "";
  while (id.length < 40)
    id += Math.floor(uniform() * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  return id;
}

/** A sink that waits for the disk. */
function sink(path) {
  const stream = createWriteStream(path, { highWaterMark: 2 ** 22 });
  return {
    write: async (chunk) => {
      if (!stream.write(chunk)) await once(stream, "drain");
    },
    end: async () => {
      stream.end();
      await finished(stream);
    },
  };
}

/**
 * Writes `NAME.jsonl` and, if asked, `NAME.npy` with its ids, row by row.
 * @returns the papers' ids and topics
 */
export async function writePapers(folder, name, { papers, seed, npy }) {
  const { normal, uniform } = normals(seed);
  const centres = Float64Array.from({ length: topics * dimensions }, () => 0.11 * normal());
  const mean = Float64Array.from({ length: dimensions }, () => 0.3 * normal());
  for (const [k, j] of [37, 222, 308, 381, 588].entries()) mean[j] = [10, -9.6, 8.9, -10.4, 9.3][k];
  const text = sink(join(folder, `${name}.jsonl`));
  const matrix = npy ? sink(join(folder, `${name}.npy`)) : null;
  await matrix?.write(npyHeader(papers, dimensions, false));
  const ids = [];
  const topicOf = new Int32Array(papers);
  for (let paper = 0; paper < papers; paper++) {
    const id = paperId(uniform);
    const topic = Math.floor(uniform() * topics);
    const row = new Float32Array(dimensions);
    for (let j = 0; j < dimensions; j++) row[j] = mean[j] + centres[topic * dimensions + j] + 0.42 * normal();
    await text.write(`{"paper_id": "${id}", "embedding": [${row.join(", ")}]}\n`);
    await matrix?.write(Buffer.from(row.buffer));
    ids.push(id);
    topicOf[paper] = topic;
  }
  await text.end();
  await matrix?.end();
  if (npy) writeFileSync(join(folder, `${name}.ids.json`), JSON.stringify({ paper_ids: ids }));
  return { ids, topicOf };
}

/** Writes one qrel file a task: 5 of a query's 30 candidates are of its topic. */
export function writeJudgements(folder, { ids, topicOf }, { queries, seed }) {
  const { uniform } = normals(seed);
  const pick = () => Math.floor(uniform() * ids.length);
  const byTopic = new Map();
  for (const [paper, topic] of topicOf.entries()) byTopic.set(topic, [...(byTopic.get(topic) ?? []), paper]);
  for (const task of tasks) {
    const lines = [];
    const seen = new Set();
    while (seen.size < queries) {
      const query = pick();
      if (seen.has(query)) continue;
      seen.add(query);
      const alike = byTopic.get(topicOf[query]);
      const grades = new Map();
      for (let tries = 0; grades.size < 5 && tries < 100; tries++) {
        const candidate = alike[Math.floor(uniform() * alike.length)];
        if (candidate !== query) grades.set(candidate, 1);
      }
      while (grades.size < 30) {
        const candidate = pick();
        if (candidate !== query && !grades.has(candidate)) grades.set(candidate, 0);
      }
      for (const [candidate, grade] of grades) lines.push(`${ids[query]} 0 ${ids[candidate]} ${grade}\n`);
    }
    writeFileSync(join(folder, `${task}.qrel`), lines.join(""));
  }
}
