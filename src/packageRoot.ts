/** The folder that holds package.json, `datasets/`, `models/` and `results/`, the same from `src/` and from `dist/`. Ends in a slash. */
export const packageRoot = new URL("../", import.meta.url);
