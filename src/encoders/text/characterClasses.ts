import { type NormalForm, normalized } from "./normalForm.ts";

/** Ranges of code points, ends included. */
type Ranges = readonly (readonly [first: number, last: number])[];

const within = (ranges: Ranges, code: number): boolean => ranges.some(([first, last]) => code >= first && code <= last);

/** Ranges as hexadecimal text: `a0 1680 2000-200a`. */
const ranges = (text: string): Ranges =>
  text.split(" ").map((range) => {
    const [first = "", last = first] = range.split("-");
    return [Number.parseInt(first, 16), Number.parseInt(last, 16)];
  });

/** The blocks that BERT's tokenizer calls Chinese, as Hugging Face's Rust library has them; kana and Korean are not among them. */
const chineseBlocks = ranges("3400-4dbf 4e00-9fff f900-faff 20000-2a6df 2a700-2b81f 2b920-2ceaf 2f800-2fa1f");

/*
 * The Rust library classifies characters by tables of Unicode 8. Characters that came later are in none of its classes, so that a run of
 * ours does not depend on the Unicode version of Node either. Ranges hold everything of a class between two older members of it.
 */
const newControls = ranges("890-8e2 110cd-1343f");
const newNonspacingMarks = ranges(
  "7fd 897-8e1 9fe afa-aff b55 c04-c3c d00 d3b-d3c d81 eba ece 180f-1886 1abf-1aeb 1df6-1dfb a82c a8c5 a8ff a9bd 10d24-10f85 11070-11074 " +
    "110c2 111c9 111cf 1123e-11241 1133b 113bb-1145e 1182f-1612f 16f4f 16fe4 1cf00-1cf46 1e000-1e6f5 1e944-1e94a",
);
const newMarks = ranges(
  "7fd 897-8d3 9fe afa-aff b55 c04-c3c cf3-d00 d3b-d3c d81 eba ece 1715 180f 1abf-1aeb 1cf7 1df6-1dfa a82c a8ff 10d24-10f85 11070-11074 " +
    "110c2 11145-11146 111c9 111ce-111cf 11241 1133b 113b8-113e2 1145e 1182c-11b67 11d31-1612f 16f4f 16f7f-16f87 16fe4-16ff1 1cf00-1cf46 1e08f-1e6f5",
);
const newPunctuation = ranges(
  "61d 9fd-a76 c77-c84 1b4e-1b4f 1b7d-1b7f 2e43-2e5d 10d6e-10f89 113d4-1145d 11660-116b9 1183b-11fff 12ff1-12ff2 16d6d-16fe2 1e5ff-1e95f",
);
/** Punctuation of Unicode 8 that is none any more. */
const oldPunctuation = ranges("166d 111c9");

/** Marks of Unicode 8 that are of another class by now. */
const oldNonspacingMarks = ranges("1734 1171e");
const oldMarks = ranges("1cf2-1cf3");

/** Characters that have a normal form of their own by now, and had none in the tables of the Rust library. */
const newlyFormed = new RegExp(
  "([\\u32ff\\ua7f1-\\ua7f4\\uab69\\u{105c9}\\u{105e4}\\u{10781}-\\u{10785}\\u{10787}-\\u{107b0}\\u{107b2}-\\u{107ba}\\u{11383}\\u{11385}\\u{1138e}" +
    "\\u{11391}\\u{113c5}\\u{113c7}-\\u{113c8}\\u{11938}\\u{16121}-\\u{16128}\\u{16d68}-\\u{16d6a}\\u{1ccd6}-\\u{1ccf9}\\u{1e030}-\\u{1e06d}\\u{1f16c}\\u{1fbf0}-\\u{1fbf9}]+)",
  "u",
);

/** A normal form of Unicode as the Rust library knows it, whatever version Node has. */
export function normalForm(text: string, form: NormalForm): string {
  const parts = text.split(newlyFormed);
  return parts.map((part, place) => (place % 2 === 1 ? part : normalized(part, form))).join("");
}

/** Characters that BERT's tokenizer sets apart as Chinese. */
export const isChinese = (code: number): boolean => within(chineseBlocks, code);

/** Characters that BERT's clean-up takes out; tabs and line ends are blanks there. */
export function isBertControl(code: number): boolean {
  if (code === 0xfffd) return true;
  return /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u.test(String.fromCodePoint(code)) && !within(newControls, code);
}

/** Accents that stand over their letter (category Mn). */
export function isNonspacingMark(code: number): boolean {
  const isOne = /\p{Mn}/u.test(String.fromCodePoint(code)) && !within(newNonspacingMarks, code);
  return isOne || within(oldNonspacingMarks, code);
}

/** Marks of every kind (categories Mn, Mc, Me). */
export function isMark(code: number): boolean {
  return (/\p{M}/u.test(String.fromCodePoint(code)) && !within(newMarks, code)) || within(oldMarks, code);
}

/** Punctuation of BERT's pre-tokenizer: all of ASCII that is neither letter, digit nor blank, and Unicode's. */
export function isPunctuation(code: number): boolean {
  if (code < 128) return /[!-/:-@[-`{-~]/.test(String.fromCharCode(code));
  return (/\p{P}/u.test(String.fromCodePoint(code)) && !within(newPunctuation, code)) || within(oldPunctuation, code);
}
