import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { curveNames, openCurves } from "../../src/training/curves/curves.ts";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const folder = freshFolder();
const curves = await openCurves(join(folder, "model-output"), -1);
for (let step = 1; step <= 4; step++) {
  await curves.append(step, {
    [curveNames.trainLoss]: 1 / step,
    [curveNames.learningRate]: 2e-5,
    [curveNames.gradientNorm]: step,
    [curveNames.devLoss]: 2 / step,
    [curveNames.benchmark("cite-map")]: 30 + step,
  });
}
await curves.close();
writeFileSync(join(folder, "model-output/training.json"), JSON.stringify({ settings: { margin: 1, freeze: ["0-5"] } }));
mkdirSync(join(folder, "empty"));

describe("scidocs report of a training", () => {
  it("draws the curves that a training writes, under their names", () => {
    const { exitCode, stderr } = runScidocs(folder, ["report", "model-output"]);
    expect(stderr).toMatch(/^report: report\.html \(0\.\d\d MB\)\n$/);
    expect(exitCode).toBe(0);
    const page = readFileSync(join(folder, "report.html"), "utf8");
    expect([...page.matchAll(/<figcaption><strong>([^<]*)/g)].map(([, title]) => title)).toEqual([
      "Loss",
      "Benchmark",
      "Learning rate",
      "Gradient norm",
    ]);
    expect(page).toContain('<th scope="row">settings.margin</th><td>1</td>');
    expect(page).toContain('<th scope="row">settings.freeze</th><td>[&quot;0-5&quot;]</td>');
  });

  it.each([
    [["empty"], /empty is no training: it has no curves\.csv/],
    [["model-output", "record.json"], /model-output is a folder: a training has a page of its own/],
  ])("refuses %j", (paths, message) => {
    const { exitCode, stderr } = runScidocs(folder, ["report", ...paths]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });
});
