import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openFileHasher } from "../../src/datasets/download/downloadHash.ts";
import { embedPapers } from "../../src/embed/embedPapers.ts";
import { planEmbedding } from "../../src/embed/plan.ts";
import { resolveEncoder } from "../../src/encoders/resolveEncoder.ts";
import { freshFolder } from "../cli/runScidocs.ts";

const papers = [{ id: "a", title: "Deep learning", abstract: "of things" }];

/** Plans an embedding with a model of its own, one of whose files goes before the threads open it. */
async function runWithout(name: string): Promise<unknown> {
  const model = join(freshFolder(), "model");
  cpSync(join(import.meta.dirname, "../../models/mini"), model, { recursive: true });
  const plan = await planEmbedding([{ file: "papers.json", papers }], await resolveEncoder(model));
  rmSync(join(model, name));
  return embedPapers(plan);
}

it.each(["tokenizer.json", "model.onnx"])("a run ends with the error of the thread that misses %s", async (name) => {
  await expect(runWithout(name)).rejects.toMatchObject({
    name: "ScidocsError",
    code: "NOT_FOUND",
    message: expect.stringContaining(name),
  });
});

it("a download hears of a file that its hashing thread cannot read, and of the end of that thread", async () => {
  const hasher = openFileHasher();
  const hash = hasher.open(join(freshFolder(), "none.part"));
  hash.advance(10);
  await expect(hash.finish(10)).rejects.toMatchObject({
    code: "BAD_INPUT",
    message: /none\.part: cannot be read back/,
  });
  const waiting = hash.finish(10).catch((error: unknown) => error);
  await hasher.close();
  expect(await waiting).toMatchObject({ name: "ScidocsError" });
});
