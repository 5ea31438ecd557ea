import { configDefaults, defineConfig } from "vitest/config";

/** The room whose code is being changed: its own tests are what must notice. Set by scripts/mutants.mjs. */
const room = process.env.SCIDOCS_MUTANTS_ROOM ?? "*";

export default defineConfig({
  test: {
    include: [`test/${room}/**/*.test.ts`],
    exclude: [...configDefaults.exclude, "test/**/*.slow.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
