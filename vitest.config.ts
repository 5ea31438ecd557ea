import { configDefaults, defineConfig } from "vitest/config";

// Two rings of tests: `npm test` runs what ends in seconds; `npm run test:slow` what races, kills, injects failures and fuzzes.
export default defineConfig(({ mode }) => {
  const slow = mode === "slow" || process.env.SCIDOCS_TEST_RING === "slow";
  return {
    test: {
      include: [slow ? "test/**/*.slow.test.ts" : "test/**/*.test.ts"],
      exclude: slow ? configDefaults.exclude : [...configDefaults.exclude, "test/**/*.slow.test.ts"],
      testTimeout: slow ? 600_000 : 60_000,
      hookTimeout: slow ? 600_000 : 60_000,
      pool: "forks",
      // One worker a core: the default leaves a core idle, which on two cores is half of them.
      maxWorkers: "100%",
      passWithNoTests: slow,
    },
  };
});
