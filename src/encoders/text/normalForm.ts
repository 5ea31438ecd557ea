/** The forms of Unicode by their names. */
export type NormalForm = "NFC" | "NFD" | "NFKC" | "NFKD";

/** No writing has so many marks on one letter. */
const longRun = /\p{M}{64,}/gu;

/**
 * `text.normalize(form)`, in time that grows as the text does. Marks on one letter are brought into the order of their classes by insertion
 * there, in native code that no thread's end breaks off: 200,000 of two classes in turn take half a minute, and a million a quarter of an
 * hour. Long runs of them are put in order here first, which changes no normal form.
 */
export function normalized(text: string, form: NormalForm): string {
  return text.replace(longRun, inOrder).normalize(form);
}

/** A run of marks, decomposed and in canonical order. */
function inOrder(run: string): string {
  const marks = [...run.replace(/./gsu, (mark) => mark.normalize("NFD"))];
  const rankOf = ranks(new Set(marks));
  const ordered: string[] = [];
  let waiting: string[][] = [];
  const settle = (): void => {
    for (const equals of waiting) for (const mark of equals ?? []) ordered.push(mark);
    waiting = [];
  };
  for (const mark of marks) {
    const rank = rankOf.get(mark);
    if (rank === undefined) {
      // Nothing moves past a mark without a class.
      settle();
      ordered.push(mark);
    } else {
      waiting[rank] ??= [];
      waiting[rank].push(mark);
    }
  }
  settle();
  return ordered.join("");
}

/** Marks that have a class, with the place of their class among those that there are. */
function ranks(marks: ReadonlySet<string>): ReadonlyMap<string, number> {
  const classed = [...marks].filter(hasClass).sort(byClass);
  const rankOf = new Map<string, number>();
  let rank = 0;
  for (const [place, mark] of classed.entries()) {
    const before = classed[place - 1];
    if (before !== undefined && byClass(before, mark) !== 0) rank += 1;
    rankOf.set(mark, rank);
  }
  return rankOf;
}

// The marks of the lowest class and of the highest: one of them changes places with any mark that has a class.
const lowest = "\u0334";
const highest = "\u0345";

const hasClass = (mark: string): boolean => changesPlaces(mark, lowest) || changesPlaces(highest, mark);

const byClass = (a: string, b: string): number => (changesPlaces(a, b) ? 1 : changesPlaces(b, a) ? -1 : 0);

const changesPlaces = (first: string, second: string): boolean => (first + second).normalize("NFD") !== first + second;
