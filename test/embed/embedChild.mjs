// Embeds papers into a store in a process of its own, so that it can be killed. Prints a line a batch, and at the
// end the hash of its vectors. Runs the built program.
// node embedChild.mjs MODEL PAPERS.json STORE
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { embedPapers } from "../../dist/embed/embedPapers.js";
import { planEmbedding } from "../../dist/embed/plan.js";
import { openVectorStore } from "../../dist/embed/store/store.js";
import { resolveEncoder } from "../../dist/encoders/resolveEncoder.js";

const [model, papersFile, place] = process.argv.slice(2);
const encoder = await resolveEncoder(model);
const store = await openVectorStore(place, encoder);
const papers = JSON.parse(readFileSync(papersFile, "utf8"));
const plan = await planEmbedding([{ file: papersFile, papers }], encoder, { batchTokens: 96, store });
const onProgress = ({ done }) => process.stdout.write(`${done}\n`);
const { table, embeddedTexts } = await embedPapers(plan, { threads: 1, store }, { onProgress });
await store.close();
const sha256 = createHash("sha256").update(table.data).digest("hex");
process.stdout.write(`${JSON.stringify({ sha256, embeddedTexts })}\n`);
