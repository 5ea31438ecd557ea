import { relative } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The room whose code is being changed. Set by scripts/mutants/main.mjs. */
const room = process.env.SCIDOCS_MUTANTS_ROOM ?? "*";

/** Its own tests must notice, and those of rooms that hold it: a task's results are compared, checked and shown elsewhere. */
const heldBy: Readonly<Record<string, readonly string[]>> = {
  tasks: ["tasks", "results/*.test.ts", "results/compare/comparison.test.ts"],
};

/** Quick files first: a change is done with at the first test that notices it. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const cost = ({ project, moduleId }: TestSpecification): number =>
      this.ctx.cache.getFileTestResults(`${project.name}:${relative(this.ctx.config.root, moduleId)}`)?.duration ?? 0;
    return [...files].sort((a, b) => cost(a) - cost(b));
  }
}

export default defineConfig({
  test: {
    include: (heldBy[room] ?? [room]).map((place) =>
      place.endsWith(".ts") ? `test/${place}` : `test/${place}/**/*.test.ts`,
    ),
    exclude: [...configDefaults.exclude, "test/**/*.slow.test.ts"],
    sequence: { sequencer: QuickFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
