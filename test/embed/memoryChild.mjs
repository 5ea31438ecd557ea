// Embeds papers in a process of its own and says, at each quarter of the work, what it holds once all garbage is gone: a line
// {"done", "heldBytes"} each. Runs the built program.
// node --expose-gc memoryChild.mjs MODEL PAPERS.json [STORE]
import { readPaperTexts } from "../../dist/datasets/papers.js";
import { embedPapers } from "../../dist/embed/embedPapers.js";
import { planEmbedding } from "../../dist/embed/plan.js";
import { openVectorStore } from "../../dist/embed/store/store.js";
import { resolveEncoder } from "../../dist/encoders/resolveEncoder.js";

const [model, file, place] = process.argv.slice(2);
const encoder = await resolveEncoder(model);
const store = place === undefined ? null : await openVectorStore(place, encoder);
const { papers } = await readPaperTexts(file, null);
const plan = await planEmbedding([{ file, papers: [...papers.values()] }], encoder, { store });
let next = 0.25;
const onProgress = ({ done, total }) => {
  if (done < next * total) return;
  next += 0.25;
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ done, heldBytes: heapUsed + external })}\n`);
};
await embedPapers(plan, { threads: 2, store }, { onProgress });
await store?.close();
