import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { fingerprintOf } from "../../src/encoders/fingerprint.ts";

const settings = {
  model: "a1",
  tokenizer: "b2",
  recipe: "hf",
  text: null,
  prefix: "",
  pooling: "cls",
  normalize: false,
  maxLength: 512,
  output: "x",
  precision: "fp32",
  provider: "cpu",
  extra: null,
};

it("the fingerprint is that of the settings in any order, and of the version of what makes vectors of them", () => {
  const said =
    '[["extra",null],["maxLength",512],["model","a1"],["normalize",false],["output","x"],["pooling","cls"],["precision","fp32"],' +
    '["prefix",""],["provider","cpu"],["recipe","hf"],["text",null],["tokenizer","b2"],["makingVersion",2]]';
  expect(fingerprintOf(settings)).toBe(createHash("sha256").update(said).digest("hex"));
  const turned = Object.fromEntries(Object.entries(settings).reverse()) as typeof settings;
  expect(fingerprintOf(turned)).toBe(fingerprintOf(settings));
  expect(fingerprintOf({ ...settings, tokenizer: "b3" })).not.toBe(fingerprintOf(settings));
});
