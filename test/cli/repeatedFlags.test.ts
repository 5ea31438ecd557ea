import { CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../src/cli/program.ts";
import { silentContext } from "./silentContext.ts";

/** What a command line is refused with, or null where its flags are taken: what comes then is no matter of flags. */
async function refusal(words: readonly string[]): Promise<string | null> {
  const said: string[] = [];
  const context = silentContext({ stderr: (text) => void said.push(text) });
  const program = await createProgram(context, words);
  const error = await program.parseAsync(["node", "scidocs", ...words]).catch((thrown: unknown) => thrown);
  return error instanceof CommanderError ? (said.join("").split("\n")[0] ?? "") : null;
}

describe("a flag that is given twice", () => {
  it.each([
    [
      ["gate", "no.json", "--baseline", "a.json", "--baseline", "b.json"],
      "error: option '--baseline <record>' is given twice, as a.json and as b.json; say it once",
    ],
    [
      ["gate", "no.json", "--min-coverage=99", "--min-coverage", "0"],
      "error: option '--min-coverage <percent>' is given twice, as 99 and as 0; say it once",
    ],
    [
      ["score", "--data", "no", "--seeds", "5", "--seeds", "1"],
      "error: option '--seeds <n>' is given twice, as 5 and as 1; say it once",
    ],
    [
      ["compare", "no", "no", "--confidence", "0.95", "--confidence", "0.5"],
      "error: option '--confidence <level>' is given twice, as 0.95 and as 0.5; say it once",
    ],
    [
      ["report", "no.json", "-o", "a.html", "--output", "b.html"],
      "error: option '-o, --output <file>' is given twice, as a.html and as b.html; say it once",
    ],
    [
      ["gate", "no.json", "--allow-fewer", "--min", "Avg=1", "--no-allow-fewer"],
      "error: options --allow-fewer and --no-allow-fewer say two things; give one of them",
    ],
    [
      ["data", "check", "--data", "a", "--data", "b"],
      "error: option '--data <dir>' is given twice, as a and as b; say it once",
    ],
  ])("with two meanings is refused: %j", async (words, message) => {
    expect(await refusal(words)).toBe(message);
  });

  it.each([
    [["gate", "no.json", "--baseline", "no.json", "--baseline", "no.json", "--json", "--json"]],
    [["gate", "no.json", "--min", "mag-f1=80", "--min", "Avg=75", "--max-drop", "cite=1", "--max-drop", "0.5"]],
    [["score", "--data", "no", "--tasks", "mag", "--tasks", "cite", "--cls", "a.npy", "--cls", "b.npy"]],
    [["baseline", "zero", "--data", "no", "--tasks", "mag", "--tasks", "cite"]],
  ])("with one meaning, or one that adds up, is taken: %j", async (words) => {
    expect(await refusal(words)).toBeNull();
  });
});
