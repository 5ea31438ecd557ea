import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { EncoderOptions } from "../../src/encoders/encoder.ts";
import { resolveEncoder } from "../../src/encoders/resolveEncoder.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { lastingFolder } from "./checkpoints/lastingFolder.ts";
import { tokensOf, vectorsOf } from "./embedInProcess.ts";

type Overlay = Record<string, unknown>;

/** One case of an `expected.json`; the README beside them tells the form. */
interface Golden {
  readonly name: string;
  readonly overlay: Overlay;
  readonly options: {
    readonly pooling?: string;
    readonly recipe?: string;
    readonly "max-length"?: number;
    readonly adapter?: string;
  };
  readonly tokens?: string;
  readonly vectors?: Record<string, number[]>;
  readonly refuse?: string;
  readonly mayRefuse?: boolean;
}

interface Goldens {
  readonly tokenizations: Record<string, { readonly ids: Record<string, number[]> }>;
  readonly cases: readonly Golden[];
}

const root = sharedPath("goldens/encoders");
const names = hasShared ? readdirSync(root).filter((name) => existsSync(join(root, name, "expected.json"))) : [];
const readJson = (file: string) => JSON.parse(readFileSync(file, "utf8"));

/** The recipe of a case: as its options say, else as the name of its tokenization does. */
const recipeOf = ({ options, tokens }: Golden): string | undefined =>
  options.recipe ?? (tokens?.startsWith("hf-space") ? "hf-space" : undefined);

/** Cases of one folder that differ in what is right alone: two versions of a library disagree, and either answer will do. */
function alternatives(cases: readonly Golden[]): Golden[][] {
  const groups = new Map<string, Golden[]>();
  for (const one of cases) {
    const key = JSON.stringify([one.overlay, one.options, recipeOf(one)]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

function overlaid(source: string, overlay: Overlay, target: string): string {
  cpSync(source, target, { recursive: true });
  for (const [path, content] of Object.entries(overlay)) {
    const file = join(target, path);
    if (content === null) rmSync(file, { recursive: true });
    else {
      mkdirSync(dirname(file), { recursive: true });
      const copied = (content as { copy?: string }).copy;
      if (copied === undefined) writeFileSync(file, JSON.stringify(content));
      else cpSync(join(source, copied), file);
    }
  }
  return target;
}

describe.skipIf(!hasShared).each(names)("the encoder folder %s", (name) => {
  const scratch = lastingFolder();
  const cacheDir = lastingFolder();
  const goldens: Goldens = readJson(join(root, name, "expected.json"));
  const papers: Record<string, { title: string; abstract: string }> = readJson(join(root, "papers.json"));
  const ids = Object.keys(papers);
  const texts = Object.values(papers);

  const optionsOf = (one: Golden): EncoderOptions => ({
    pooling: one.options.pooling,
    recipe: recipeOf(one),
    maxLength: one.options["max-length"],
    adapter: one.options.adapter === undefined ? undefined : join(root, name, one.options.adapter),
    cacheDir,
  });

  it.each(alternatives(goldens.cases).map((group) => [group.map((one) => one.name).join(" or "), group] as const))(
    "gives PyTorch's tokens and vectors, or refuses: %s",
    async (title, group) => {
      const [first] = group;
      if (first === undefined) throw new RangeError("an empty group");
      const folder = overlaid(join(root, name, "folder"), first.overlay, join(scratch, title.replaceAll(" ", "-")));
      if (first.refuse !== undefined) {
        const refused = resolveEncoder(folder, optionsOf(first));
        await expect(refused, first.refuse).rejects.toHaveProperty("name", "ScidocsError");
        return;
      }
      const encoder = await resolveEncoder(folder, optionsOf(first)).catch((error: unknown) => {
        if (first.mayRefuse === true && error instanceof Error && error.name === "ScidocsError") return null;
        throw error;
      });
      if (encoder === null) return;
      const tokens = tokensOf(encoder, texts);
      const right = group.filter(({ tokens: key = "" }) =>
        ids.every((id, index) => tokens[index]?.join() === goldens.tokenizations[key]?.ids[id]?.join()),
      );
      // Told with the ids at fault, not with a bare false.
      if (right.length === 0) {
        for (const [index, id] of ids.entries()) {
          expect([id, tokens[index]]).toEqual([id, goldens.tokenizations[first.tokens ?? ""]?.ids[id]]);
        }
      }
      const expected = right[0]?.vectors ?? {};
      const vectors = await vectorsOf(encoder, tokens);
      let largest = 0;
      for (const [row, id] of ids.entries()) {
        const wanted = expected[id] ?? [];
        expect(vectors[row]?.length).toBe(wanted.length);
        for (const [k, value] of wanted.entries())
          largest = Math.max(largest, Math.abs((vectors[row]?.[k] ?? 9) - value));
      }
      expect(largest).toBeLessThan(1e-5);
    },
  );

  const plain = goldens.cases.filter(
    ({ vectors, overlay }) => vectors !== undefined && Object.keys(overlay).length === 0,
  );

  it.each(plain.slice(0, 1).map((one) => [one.name, one] as const))(
    "keeps a mean cosine of 0.995 in int8, and the vectors in operators of the standard alone: %s",
    async (_name, one) => {
      const expected = one.vectors ?? {};
      const run = async (options: EncoderOptions) => {
        const encoder = await resolveEncoder(join(root, name, "folder"), { ...optionsOf(one), ...options });
        return vectorsOf({ ...encoder, provider: "cpu" }, tokensOf(encoder, texts));
      };
      for (const provider of ["cpu", "webgpu"]) {
        const rough = await run({ precision: "int8", provider });
        const cosines = ids.map((id, row) => cosine(expected[id] ?? [], rough[row] ?? []));
        expect(cosines.reduce((sum, value) => sum + value, 0) / ids.length).toBeGreaterThan(0.995);
      }
      // A checkpoint for WebGPU is converted to operators of the standard.
      const portable = await run({ provider: "webgpu" });
      const largest = Math.max(
        ...ids.flatMap((id, row) =>
          (expected[id] ?? []).map((value, k) => Math.abs((portable[row]?.[k] ?? 9) - value)),
        ),
      );
      expect(largest).toBeLessThan(1e-5);
    },
  );
});

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
    Array.from(x).reduce((sum, value, index) => sum + value * (y[index] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
