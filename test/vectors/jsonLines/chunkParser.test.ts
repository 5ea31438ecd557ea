import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ChunkParserOptions,
  openChunkParser,
  type ParsedChunk,
} from "../../../src/vectors/jsonLines/chunkParser.ts";
import { parseVectorLine } from "../../../src/vectors/jsonLines/vectorLine.ts";

function parse(text: string | Uint8Array, options: Partial<ChunkParserOptions> = {}): ParsedChunk {
  const bytes = Buffer.from(text);
  const parser = openChunkParser({ dimensions: 2, wide: true, needed: null, ...options });
  parser.room(bytes.length).set(bytes);
  return parser.parse(0, bytes.length);
}

function numbersOf(texts: readonly string[]): number[] {
  const { values, problem } = parse(`{"paper_id": "a", "embedding": [${texts.join(", ")}]}`, {
    dimensions: texts.length,
  });
  expect(problem).toBeNull();
  return Array.from(values);
}

describe("a number is what Number makes of its text", () => {
  const digits = (min: number, max: number) =>
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max }).map((list) => list.join(""));
  const decimal = fc
    .tuple(
      fc.boolean(),
      fc.oneof(
        fc.constant("0"),
        fc.tuple(fc.integer({ min: 1, max: 9 }), digits(0, 21)).map((parts) => parts.join("")),
      ),
      fc.option(digits(1, 40), { nil: null }),
      fc.option(fc.tuple(fc.constantFrom("e", "E", "e+", "E-", "e-"), fc.integer({ min: 0, max: 120 })), { nil: null }),
    )
    .map(([negative, whole, fraction, exponent]) =>
      [negative ? "-" : "", whole, fraction === null ? "" : `.${fraction}`, ...(exponent ?? [])].join(""),
    );
  const float32 = fc.float({ noNaN: true, noDefaultInfinity: true });
  const double = fc.double({ noNaN: true, noDefaultInfinity: true });

  const cases: [string, fc.Arbitrary<string>][] = [
    ["of any form", decimal],
    ["printed from doubles", double.map(String)],
    ["printed from doubles to 17 digits", double.map((value) => value.toPrecision(17))],
    ["printed from doubles to 21 digits", double.map((value) => value.toExponential(20))],
    ["printed from 32-bit floats", float32.map(String)],
    [
      "near one, printed to 17 decimals",
      fc.double({ min: -10, max: 10, noNaN: true }).map((value) => value.toFixed(17)),
    ],
    ["half way between two doubles", fc.bigInt(2n ** 53n, 2n ** 63n).map((value) => String(value | 1n))],
  ];
  test.each(cases)("%s", (_, arbitrary) => {
    fc.assert(
      fc.property(fc.array(arbitrary, { minLength: 1, maxLength: 50 }), (texts) => {
        fc.pre(texts.every((text) => Number.isFinite(Number(text))));
        const found = numbersOf(texts);
        for (const [i, text] of texts.entries()) expect(Object.is(found[i], Number(text)), text).toBe(true);
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  test("at the edges", () => {
    const texts = [
      ["0", "-0", "-0.0", "0e5", "0.000", "1e-400", "4.9e-324", "1.7976931348623157e308", "2.2250738585072011e-308"],
      [
        "9007199254740993",
        "9007199254740992.5",
        "18446744073709551615",
        "18446744073709551616",
        "0.1",
        "1e23",
        "8.5e22",
      ],
      [
        "123456789012345678901234567890",
        `0.${"0".repeat(30)}1`,
        `1${"0".repeat(60)}`,
        `0.${"3".repeat(200)}`,
        "1e0001",
      ],
    ].flat();
    expect(numbersOf(texts).map((value) => (Object.is(value, -0) ? "-0" : String(value)))).toEqual(
      texts.map((text) => (Object.is(Number(text), -0) ? "-0" : String(Number(text)))),
    );
  });
});

describe("a line is taken exactly when JSON.parse and the rules of the format take it", () => {
  const line = fc
    .record({
      id: fc.oneof(fc.string(), fc.string({ unit: "binary" })),
      embedding: fc.array(fc.oneof(fc.float({ noNaN: true }), fc.integer(), fc.constantFrom(null, "1", [], true)), {
        maxLength: 3,
      }),
      extra: fc.jsonValue({ maxDepth: 1 }),
      order: fc.shuffledSubarray(["paper_id", "embedding", "title", "x"], { minLength: 1 }),
      spaces: fc.boolean(),
    })
    .map(({ id, embedding, extra, order, spaces }) => {
      const members: Record<string, unknown> = { paper_id: id, embedding, title: extra, x: "y" };
      const object = Object.fromEntries(order.map((key) => [key, members[key]]));
      return spaces ? JSON.stringify(object, null, 1).replaceAll("\n", "\t") : JSON.stringify(object);
    });
  const damaged = fc
    .tuple(
      line,
      fc.nat(),
      fc.constantFrom("", " ", '"', "\\", "]", "}", ",", "0", "1", ".", "e", "-", "N", "\u0000", "\r", "[", "é"),
      fc.nat(2),
    )
    .map(([text, at, put, cut]) => {
      const place = at % (text.length + 1);
      // A pair of surrogates may have been cut in two; a file cannot hold half of one.
      return Buffer.from(text.slice(0, place) + put + text.slice(place + cut)).toString();
    });

  test.each([
    ["whole", line],
    ["damaged", damaged],
  ])("%s lines", (_, arbitrary) => {
    fc.assert(
      fc.property(fc.array(arbitrary, { minLength: 1, maxLength: 5 }), fc.boolean(), (lines, closed) => {
        const expected: { ids: string[]; values: number[]; problem: number | null } = {
          ids: [],
          values: [],
          problem: null,
        };
        for (const [index, text] of lines.entries()) {
          try {
            const { paperId, vector } = parseVectorLine(text, "", 0);
            if (vector.length !== 0 && vector.length !== 2) throw new Error("length");
            expected.ids.push(paperId);
            expected.values.push(...vector);
          } catch {
            expected.problem = index;
            break;
          }
        }
        // A blank last line without a line feed is no line.
        fc.pre(closed || lines.at(-1) !== "");
        const { ids, values, problem } = parse(lines.join("\n") + (closed ? "\n" : ""));
        expect({ ids, values: Array.from(values), problem: problem?.line ?? null }).toEqual(expected);
        if (problem !== null) expect(problem.text).toBe(lines[problem.line]);
      }),
      { numRuns: 400, seed: 7 },
    );
  });
});

test("lines of papers that nobody needs are passed over without a look at their numbers", () => {
  const { ids, unneeded, lines } = parse(
    '{"paper_id": "a", "embedding": [1, oops}\n{"embedding": [2, 3], "paper_id": "b"}\n{"paper_id": "c", "embedding": [4, 5]}\n',
    { needed: new Set(["c"]) },
  );
  expect({ ids, unneeded, lines }).toEqual({ ids: ["c"], unneeded: 2, lines: 3 });
});

test("narrow rows stop at the first number that float32 does not hold", () => {
  const text = '{"paper_id": "a", "embedding": [0.5, 2]}\n{"paper_id": "b", "embedding": [0.1, 2]}\n';
  expect(parse(text, { wide: false }).survived).toBe(false);
  expect(parse(text.slice(0, 41), { wide: false })).toMatchObject({ survived: true, values: Float32Array.of(0.5, 2) });
});
