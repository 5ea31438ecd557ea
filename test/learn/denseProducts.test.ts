import { expect, test } from "vitest";
import { denseProducts, guardedProducts, matrixTensor } from "../../src/learn/denseProducts.ts";

test("products on ONNX Runtime are those of the definition", async () => {
  const x = await denseProducts(Float32Array.of(1, 2, 3, 4, 5, 6), 3, 1);
  expect([...(await x.scores(Float32Array.of(1, 0, 0, 1)))]).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...(await x.back(Float32Array.of(1, 1, 1)))]).toEqual([9, 12]);
  expect(x.squaredNorm).toBe(91);
  expect([...(await x.hessian(Float32Array.of(1, 0), matrixTensor(Float32Array.of(1, 0, 2), 3)))]).toEqual([51, 62]);
  const half = matrixTensor(Float32Array.of(0.5, 0, 0, 0.5), 2);
  const weights = matrixTensor(Float32Array.of(1, 3), 2);
  expect([...(await x.around(half, half, Float32Array.of(8, 4), weights))]).toEqual([2, 3]);
});

test("guarded products are the same, with a look around before each that can end the work", async () => {
  const x = await denseProducts(Float32Array.of(1, 2, 3, 4, 5, 6), 3, 1);
  let looks = 0;
  const guarded = guardedProducts(x, () => {
    looks++;
    if (looks > 4) throw new Error("enough");
  });
  expect([guarded.rows, guarded.dimensions, guarded.squaredNorm]).toEqual([3, 2, 91]);
  const [columns, residuals] = [Float32Array.of(1, 0, 0, 1), Float32Array.of(1, 1, 1)];
  const curvature = matrixTensor(Float32Array.of(1, 0, 2), 3);
  const half = matrixTensor(Float32Array.of(0.5, 0, 0, 0.5), 2);
  const weights = matrixTensor(Float32Array.of(1, 3), 2);
  expect(await guarded.scores(columns)).toEqual(await x.scores(columns));
  expect(await guarded.back(residuals)).toEqual(await x.back(residuals));
  expect(await guarded.hessian(Float32Array.of(1, 0), curvature)).toEqual(
    await x.hessian(Float32Array.of(1, 0), curvature),
  );
  expect(await guarded.around(half, half, Float32Array.of(8, 4), weights)).toEqual(
    await x.around(half, half, Float32Array.of(8, 4), weights),
  );
  expect(looks).toBe(4);
  await expect(guarded.back(residuals)).rejects.toThrow("enough");
});
