import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { embedPapers, planEmbedding, resolveEncoder, vectorAt } from "../../src/index.ts";
import { l2Norm } from "../../src/training/losses/l2Norm.ts";
import { tripletLoss } from "../../src/training/losses/tripletLoss.ts";
import { runScidocs } from "../cli/runScidocs.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { otherKinds, writeOtherKind } from "./otherKinds.ts";
import { runAndKill } from "./runAndKill.ts";
import { lastOfEach, tinyFlags, writeTinyTraining } from "./tinyTraining.ts";

/** The dev set's loss, from the vectors that a folder gives when it is used. */
async function devLossOf(folder: string, model: string): Promise<number> {
  const papers = Object.values<{ paper_id: string; title: string; abstract: string }>(
    JSON.parse(readFileSync(join(folder, "papers.json"), "utf8")),
  ).map(({ paper_id: id, title, abstract }) => ({ id, title, abstract, year: null }));
  const encoder = await resolveEncoder(join(folder, model), { cacheDir: join(folder, "cache") });
  const { table } = await embedPapers(await planEmbedding([{ file: "papers", papers }], encoder));
  const triplets = readFileSync(join(folder, "dev.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const vectors = triplets.flatMap(({ query, positive, negative }) =>
    [query, positive, negative].flatMap((id) => [...vectorAt(table, table.ids.indexOf(id))]),
  );
  const losses = triplets.map((_, at) => {
    const width = vectors.length / triplets.length;
    return tripletLoss(Float32Array.from(vectors.slice(at * width, (at + 1) * width)), width / 3, l2Norm, 1).loss;
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

describe.each(Object.entries(otherKinds))("a training of %s", (name, [, config]) => {
  it("learns, leaves a folder whose vectors have the loss that was seen, and gives the same bytes however it is run", async () => {
    const folder = temporaryFolder();
    writeTinyTraining(folder, 40);
    writeOtherKind(folder, name);
    // Without the start and its vocabulary.
    const flags = tinyFlags.slice(4);
    const flagsOf = (output: string, ...more: string[]): string[] =>
      lastOfEach([
        ...["train", "--init", "start", ...flags],
        ...["--epochs", "4", "--save-every", "3", ...more, "-o", output],
      ]);
    expect(runScidocs(folder, flagsOf("whole")).exitCode).toBe(0);
    const record = JSON.parse(readFileSync(join(folder, "whole/best/training.json"), "utf8"));
    const before = await devLossOf(folder, "start");
    expect(record.devLoss).toBeLessThan(0.8 * before);
    expect(Math.abs((await devLossOf(folder, "whole/best")) - record.devLoss)).toBeLessThan(1e-5);
    const written = JSON.parse(readFileSync(join(folder, "whole/best/config.json"), "utf8"));
    expect(written[config.dtype === undefined ? "torch_dtype" : "dtype"]).toBe("float32");
    // Activations computed again, and a training that is killed and goes on.
    expect(runScidocs(folder, flagsOf("again", "--recompute")).exitCode).toBe(0);
    mkdirSync(join(folder, "killed"));
    const kill = { output: "killed", changes: 9, afterMs: 10, signal: "SIGKILL" } as const;
    expect(await runAndKill(folder, flagsOf("killed"), kill)).toBe(false);
    const last = runScidocs(folder, flagsOf("killed"));
    expect(last.stderr).toContain("starts from");
    expect(last.exitCode).toBe(0);
    const bytes = (output: string): Buffer => readFileSync(join(folder, output, "best/model.safetensors"));
    for (const output of ["again", "killed"]) expect(bytes(output).equals(bytes("whole")), output).toBe(true);
  });
});
