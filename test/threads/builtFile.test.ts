import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/packageRoot.ts";
import { builtFile } from "../../src/threads/builtFile.ts";

const at = (path: string): string => new URL(path, packageRoot).href;

test("a module in src/ is led to its twin in dist/, a built one to its neighbour", () => {
  const worker = at("dist/learn/svm/svmWorker.js");
  expect(builtFile(at("src/learn/svm/svmPool.ts"), "./svmWorker.js").href).toBe(worker);
  expect(builtFile(at("dist/learn/svm/svmPool.js"), "./svmWorker.js").href).toBe(worker);
  expect(builtFile(at("src/tasks/classification/x.ts"), "../../learn/svm/svmWorker.js").href).toBe(worker);
});

test("a folder of the project that has not been built whole is named, with what to do", () => {
  expect(() => builtFile(at("src/learn/svm/svmPool.ts"), "./none.wasm")).toThrow(
    `${fileURLToPath(at("dist/learn/svm/none.wasm"))} is missing: build the project in ${fileURLToPath(packageRoot)} first (npm run build)`,
  );
});
