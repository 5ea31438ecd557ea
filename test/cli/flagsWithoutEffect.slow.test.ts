import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { freshFolder, runScidocs } from "./runScidocs.ts";

const papers = join(import.meta.dirname, "../../datasets/mini/paper_metadata_mag_mesh.json");

describe("a flag that could have no effect is refused", () => {
  it.each([
    [["--model", "mini", "--api-url", "http://127.0.0.1:1"], /--api-url: mini is run here; only api:specter, s2:/],
    [["--model", "mini", "--vocab", "a.txt", "--vocab-dir", "b"], /--vocab a\.txt and --vocab-dir b: which\?/],
    [["--model", "mini", "--cuda-device", "-1", "--provider", "cuda"], /--cuda-device and --provider exclude/],
    [["--model", "mini", "--cuda-device", "0", "--device", "cuda:1"], /--cuda-device and --device exclude/],
    [["--model", "api:specter", "--mix-weights", "mix.json"], /--mix-weights: api:specter is run by its API/],
    [["--model", "api:specter", "--no-normalize", "--provider", "cpu"], /--normalize, --provider: api:specter is/],
    [["--model", "api:specter", "--vocab-dir", "b"], /--vocab: api:specter is run by its API/],
  ])("embed %j", (flags, message) => {
    const { exitCode, stderr } = runScidocs(freshFolder(), ["embed", ...flags, "--papers", papers, "-o", "v.npy"]);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
  });

  it.each([
    ["run --model mini --data d --embed-only --min-coverage 99 -o r.json", /--min-coverage, --record: --embed-only/],
    ["run --model mini --data d --embed-only --format text", /--format: --embed-only scores nothing/],
    ["compare a.json b.json --papers p.json --threads 2", /--papers, --threads: for models and vectors; these are/],
    ["compare a.npy b.npy --confidence 0.9 --seed 42", /--seed, --confidence: for the scores; give --data/],
    ["reproduce --no-pull --from http://127.0.0.1:1 --jobs 4", /--from, --jobs: with --no-pull nothing is fetched/],
    ["reproduce --expect SPECTER --row r.json", /--expect: --row is the row to compare with/],
    ["baseline zero --data d --vector-seed 0", /--vector-seed: vectors of zeros have no seed/],
  ])("%s", (line, message) => {
    const { exitCode, stderr } = runScidocs(freshFolder(), line.split(" "));
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
  });

  it("run --api-url with models that are all run here", () => {
    const args = ["run", "--model", "mini", "mini", "--data", "nothing", "--api-url", "http://127.0.0.1:1"];
    const { exitCode, stderr } = runScidocs(freshFolder(), args);
    expect(stderr).toMatch(/--api-url: mini, mini is run here/);
    expect(exitCode).toBe(2);
  });
});
