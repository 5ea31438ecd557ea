// One way of embedding, in a process of its own: `node contender.mjs KIND MODEL THREADS PRECISION CACHE`. The parent sends papers, gets timings back.
//   peer     @huggingface/transformers, the model's folder, batches of a given size in the given order
//   scidocs  this program's loop, on a model file or a checkpoint
const [kind, folder, threadsText, precision, cacheDir, provider] = process.argv.slice(2);
const threads = Number(threadsText);
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function peer() {
  const { AutoModel, AutoTokenizer, env } = await import("@huggingface/transformers");
  env.allowRemoteModels = false;
  env.localModelPath = "/";
  const tokenizer = await AutoTokenizer.from_pretrained(folder);
  const session_options = { intraOpNumThreads: threads, interOpNumThreads: 1 };
  const model = await AutoModel.from_pretrained(folder, { dtype: "fp32", device: "cpu", session_options });
  return async (papers, batchSize) => {
    const vectors = [];
    for (let start = 0; start < papers.length; start += batchSize) {
      const texts = papers.slice(start, start + batchSize).map(({ title, abstract }) => `${title}[SEP]${abstract}`);
      const output = await model(tokenizer(texts, { padding: true, truncation: true }));
      const [, width, dimensions] = output.last_hidden_state.dims;
      for (let row = 0; row < texts.length; row++) {
        const first = row * width * dimensions;
        vectors.push(output.last_hidden_state.data.slice(first, first + dimensions));
      }
    }
    return { vectors };
  };
}

async function scidocs() {
  const { embedPapers } = await import("../../dist/embed/embedPapers.js");
  const { planEmbedding } = await import("../../dist/embed/plan.js");
  const { resolveEncoder } = await import("../../dist/encoders/resolveEncoder.js");
  const encoder = await resolveEncoder(folder, {
    precision: precision || undefined,
    provider: provider || undefined,
    cacheDir,
  });
  return async (papers) => {
    const plan = await planEmbedding([{ file: "papers", papers }], encoder);
    // The peer's model is open already; ours opens with the run, so that the clock starts at the first finished batch. Nothing else is
    // under way at that moment: further sessions open after it, in the time that counts.
    let first = null;
    const onProgress = ({ done }) => {
      if (done > 0) first ??= { done, at: performance.now(), cpuMs: cpuMs() };
    };
    const { table, tokens } = await embedPapers(plan, { threads }, { onProgress });
    const timed = papers.length - first.done;
    const row = (id) =>
      table.data.slice(table.rowOf.get(id) * table.dimensions, (table.rowOf.get(id) + 1) * table.dimensions);
    return {
      vectors: papers.map(({ id }) => row(id)),
      tokens,
      papersPerSecond: (1000 * timed) / (performance.now() - first.at),
      cpuMsPerPaper: (cpuMs() - first.cpuMs) / timed,
    };
  };
}

const embed = await (kind === "peer" ? peer() : scidocs());
process.on("message", async ({ papers, batchSize }) => {
  const cpuBefore = cpuMs();
  const startedAt = performance.now();
  const { vectors, ...counts } = await embed(papers, batchSize);
  const elapsedMs = performance.now() - startedAt;
  process.send({
    papersPerSecond: (1000 * papers.length) / elapsedMs,
    cpuMsPerPaper: (cpuMs() - cpuBefore) / papers.length,
    peakMb: process.resourceUsage().maxRSS / 1024,
    // Enough of each vector to see that all contenders computed the same.
    vectors: vectors.map((vector) => Array.from(vector.slice(0, 8))),
    ...counts,
  });
});
process.send("ready");
