import { describe, expect, it } from "vitest";
import { normalized } from "../../../src/encoders/text/normalForm.ts";
import { seededNumbers } from "../tinyEncoder.ts";

const forms = ["NFC", "NFD", "NFKC", "NFKD"] as const;

describe("normalized", () => {
  it("is what the platform's normalize gives, over long runs of marks of all kinds, with and without classes", () => {
    const next = seededNumbers(5);
    const upTo = (end: number): number => Math.floor(((next() + 1) / 2) * end);
    const marks = Array.from({ length: 0x1f000 }, (_, code) =>
      code >= 0xd800 && code < 0xe000 ? "" : String.fromCodePoint(code),
    );
    const all = marks.filter((mark) => /\p{M}/u.test(mark));
    expect(all.length).toBeGreaterThan(2000);
    const some = [
      ...all.filter((mark) => mark.normalize("NFD") !== mark),
      "\u0301",
      "\u0316",
      "\u0334",
      "\u0345",
      "\u05b0",
      "\u0f71",
      "\u0488",
    ];
    const bases = ["", "a", "é", "\u1ea5", "ﱞ", "한", "\u0915", "ｶ", "ﬁ", "\ud800"];
    for (let round = 0; round < 300; round++) {
      const from = round % 2 === 0 ? all : some;
      const run = Array.from({ length: 60 + upTo(200) }, () => from[upTo(from.length)] ?? "").join("");
      const text = `${bases[upTo(bases.length)]}${run}${bases[upTo(bases.length)]}\u0301x${run.slice(0, 50)}`;
      for (const form of forms) expect(normalized(text, form)).toBe(text.normalize(form));
    }
  });

  it("knows no character with a class that is no mark, which would stand in a run's way", () => {
    for (let code = 0; code < 0x110000; code++) {
      if (code >= 0xd800 && code < 0xe000) continue;
      const one = String.fromCodePoint(code);
      if (/\p{M}/u.test(one)) continue;
      const ends = one.normalize("NFD");
      if (`\u0345${one}`.normalize("NFD") !== `\u0345${ends}` || `${one}\u0334`.normalize("NFD") !== `${ends}\u0334`) {
        expect(/\p{M}$/u.test(ends), code.toString(16)).toBe(true);
      }
    }
  });

  it("ends with a million marks of two classes in turn", () => {
    const text = `a${"\u0301\u0316".repeat(500_000)}`;
    expect(normalized(text, "NFC") === `\u00e1${"\u0316".repeat(500_000)}${"\u0301".repeat(499_999)}`).toBe(true);
  });
});
