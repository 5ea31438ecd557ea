import { infix, isUrlLike, prefix, suffixOf } from "./titleAffixes.ts";
import { isSpecialCase, specialCases } from "./titleSpecialCases.ts";

/** What stands for a missing title. It is split like any other: "<", "blank", ">". */
export const blankTitle = "<blank>";

/** White space as Python's `isspace` has it; JavaScript's `\s` differs at U+001C-001F, U+0085 and U+FEFF. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: U+001C-001F are white space to Python
const whiteSpace = /[\t-\r\x1C-\x20\x85\xA0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]+/;

/**
 * The words of a title as spaCy 2.1's English tokenizer gives them (en_core_web_sm 2.1.0 in AllenNLP 0.9), case kept.
 * The reference compares titles by these words, so "state-of-the-art" must share "state" with "state".
 * @param title the text; an empty one has no words (callers put {@link blankTitle} in its place)
 */
export function titleWords(title: string): string[] {
  const words: string[] = [];
  for (const span of title.split(whiteSpace)) pushWords(span, words);
  return words;
}

function pushWords(span: string, words: string[]): void {
  const special = specialCases.get(span);
  if (special) {
    words.push(...special);
    return;
  }
  // No rule below touches plain ASCII letters, and most words of a title are just that.
  if (/^[A-Za-z]+$/.test(span)) {
    words.push(span);
    return;
  }
  const suffixes: string[] = [];
  let rest = span;
  while (rest !== "" && !isUrlLike(rest)) {
    const head = prefix.exec(rest)?.[0] ?? "";
    if (head !== "" && isSpecialCase(rest.slice(head.length))) {
      words.push(head);
      rest = rest.slice(head.length);
      break;
    }
    // The suffix is sought with the prefix still on, so both may want the same characters.
    const tail = suffixOf(rest);
    const withoutTail = rest.slice(0, rest.length - tail.length);
    if (tail !== "" && isSpecialCase(withoutTail)) {
      suffixes.push(tail);
      rest = withoutTail;
      break;
    }
    const length = rest.length;
    if (head !== "" && tail !== "" && head.length + tail.length <= length) {
      words.push(head);
      suffixes.push(tail);
      rest = rest.slice(head.length, length - tail.length);
    } else if (head !== "") {
      words.push(head);
      rest = rest.slice(head.length);
    } else if (tail !== "") {
      suffixes.push(tail);
      rest = withoutTail;
    }
    if (rest.length === length || isSpecialCase(rest)) break;
  }
  if (rest !== "") pushCore(rest, words);
  for (let i = suffixes.length - 1; i >= 0; i--) words.push(suffixes[i]!);
}

/** What is left when no affix comes off any more. */
function pushCore(core: string, words: string[]): void {
  const special = specialCases.get(core);
  if (special) {
    words.push(...special);
  } else if (isUrlLike(core)) {
    words.push(core);
  } else {
    let start = 0;
    infix.lastIndex = 0;
    // Not matchAll: it copies the expression for every word, which costs ten times the search.
    for (let match = infix.exec(core); match !== null; match = infix.exec(core)) {
      if (match.index > start) words.push(core.slice(start, match.index));
      words.push(match[0]);
      start = match.index + match[0].length;
    }
    // What could match at either end has come off as an affix before, so that something is left here.
    words.push(core.slice(start));
  }
}
