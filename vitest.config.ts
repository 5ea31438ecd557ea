import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    // One worker a core: the default leaves a core idle, which on two cores is half of them.
    maxWorkers: "100%",
  },
});
