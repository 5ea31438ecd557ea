import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
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
    [
      "a row in the middle that is none",
      (text: string) => text.replace("\n2,", "\nx,"),
      /broken\/curves\.csv:7: expected a step, a name/,
    ],
    [
      "rows behind the last that are none",
      (text: string) => `${text}1,2,3\n`,
      /broken\/curves\.csv:22: expected a step, a name/,
    ],
    ["another first line", (text: string) => `x${text}`, /broken\/curves\.csv:1: expected step,name,value,wallSeconds/],
    [
      "nothing but the first line",
      (text: string) => text.slice(0, text.indexOf("\n") + 1),
      /curves\.csv: has no values yet/,
    ],
  ])("refuses curves with %s, which would end too early without a word", (_, changed, message) => {
    const text = readFileSync(join(folder, "model-output/curves.csv"), "utf8");
    mkdirSync(join(folder, "broken"), { recursive: true });
    writeFileSync(join(folder, "broken/curves.csv"), changed(text));
    const { exitCode, stderr } = runScidocs(folder, ["report", "broken"]);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
  });

  it.each([
    [["--data", "nowhere"], "--data: has no effect on the page of a training, model-output"],
    [["--published"], "--published: has no effect"],
    [["--max-size", "9"], "--max-size: has no effect"],
    [["--force"], "--force: has no effect"],
    [["-o", "model-output/curves.csv"], "curves.csv: is one of the files to be read"],
    [["-o", "model-output/best/../training.json"], "training.json: is one of the files to be read"],
  ])("refuses %s", (args, message) => {
    const before = readFileSync(join(folder, "model-output/curves.csv"), "utf8");
    mkdirSync(join(folder, "model-output/best"), { recursive: true });
    const { exitCode, stderr } = runScidocs(folder, ["report", "model-output", ...args]);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
    expect(readFileSync(join(folder, "model-output/curves.csv"), "utf8")).toBe(before);
  });

  it("goes to standard output where - is given, and may lie in the training's folder", () => {
    const { exitCode, stdout, stderr } = runScidocs(folder, ["report", "model-output", "-o", "-"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^<!doctype html>[\s\S]*<\/html>\n?$/i);
    expect(existsSync(join(folder, "-"))).toBe(false);
    for (let again = 0; again < 2; again++)
      expect(runScidocs(folder, ["report", "model-output", "-o", "model-output/page.html"]).exitCode).toBe(0);
  });

  it("leaves out a last row that is still being written", () => {
    mkdirSync(join(folder, "going"));
    writeFileSync(
      join(folder, "going/curves.csv"),
      `${readFileSync(join(folder, "model-output/curves.csv"), "utf8")}5,train/lo`,
    );
    expect(runScidocs(folder, ["report", "going"]).exitCode).toBe(0);
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
