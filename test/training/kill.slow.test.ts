import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { generator } from "../../src/stats/random/generator.ts";
import { runScidocs } from "../cli/runScidocs.ts";
import { temporaryFolder } from "../datasets/temporaryFolder.ts";
import { runAndKill } from "./runAndKill.ts";
import { tinyFlags, writeTinyTraining } from "./tinyTraining.ts";

const flags = (output: string): string[] => [
  ...["train", ...tinyFlags, "--epochs", "4", "--save-every", "2", "--keep", "1", "-o", output],
];

describe("a training that is killed at any moment", () => {
  for (const signal of ["SIGKILL", "SIGINT"] as const) {
    it(`and started again each time ends with the bytes of one that is not: ${signal}`, async () => {
      const folder = temporaryFolder();
      writeTinyTraining(folder, 60);
      expect(runScidocs(folder, flags("calm")).exitCode).toBe(0);
      mkdirSync(join(folder, "broken"));
      const random = generator(signal === "SIGKILL" ? 11 : 12);
      let [kills, finished] = [0, false];
      while (kills < 15 && !finished) {
        const [changes, afterMs] = [1 + Math.floor(random.uniform() * 30), 20 * random.uniform()];
        finished = await runAndKill(folder, flags("broken"), { output: "broken", changes, afterMs, signal });
        if (!finished) kills += 1;
      }
      expect(kills).toBeGreaterThan(0);
      const last = runScidocs(folder, flags("broken"));
      expect(last.stderr).toContain("starts from");
      expect(last.exitCode).toBe(0);
      const newest = (output: string): string =>
        readdirSync(join(folder, output))
          .filter((name) => name.startsWith("checkpoint-"))
          .sort()
          .at(-1) ?? "";
      expect(newest("broken")).toBe(newest("calm"));
      const model = newest("calm");
      for (const file of ["best/model.safetensors", `${model}/model.safetensors`, `${model}/optimizer.safetensors`]) {
        const [broken, calm] = ["broken", "calm"].map((name) => readFileSync(join(folder, name, file)));
        expect(calm !== undefined && broken?.equals(calm), file).toBe(true);
      }
      expect(readdirSync(join(folder, "broken")).filter((name) => /tmp|lock/.test(name))).toEqual([]);
    });
  }
});
