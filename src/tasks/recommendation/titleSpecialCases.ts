const keptWhole = `
  'S 's ‘S ‘s 'd 're 'll 'em 'nuff 'bout 'cause 'Cause 'cos 'Cos 'coz 'Coz 'cuz 'Cuz ll em nuff cause and/or w/o
  ma'am Ma'am o'clock O'clock ' '' — C++ \\") \\t \\n <space>
  Mt. Ak. Ala. Apr. Ariz. Ark. Aug. Calif. Colo. Conn. Dec. Del. Feb. Fla. Ga. Ia. Id. Ill. Ind. Jan. Jul. Jun. Kan.
  Kans. Ky. La. Mar. Mass. May. Mich. Minn. Miss. N.C. N.D. N.H. N.J. N.M. N.Y. Neb. Nebr. Nev. Nov. Oct. Okla. Ore.
  Pa. S.C. Sep. Sept. Tenn. Va. Wash. Wis.
  a.m. Adm. Bros. co. Co. Corp. D.C. Dr. e.g. E.g. E.G. Gen. Gov. i.e. I.e. I.E. Inc. Jr. Ltd. Md. Messrs. Mo. Mont.
  Mr. Mrs. Ms. p.m. Ph.D. Prof. Rep. Rev. Sen. St. vs. v.s.
  :) :-) :)) :-)) :))) :-))) (: (-: =) (= ") :] :-] [: [-: :o) (o: :} :-} 8) 8-) (-8 ;) ;-) (; (-; :( :-( :(( :-((
  :((( :-((( ): )-: =( >:( :') :'-) :'( :'-( :/ :-/ =/ =| :| :-| :1 :P :-P :p :-p :O :-O :o :-o :0 :-0 :() >:o :* :-*
  :3 :-3 =3 :> :-> :X :-X :x :-x :D :-D ;D ;-D =D xD XD xDD XDD 8D 8-D ^_^ ^__^ ^___^ >.< >.> <.< ._. ;_; -_- -__- v.v
  V.V v_v V_V o_o o_O O_o O_O 0_o o_0 0_0 o.O O.o O.O o.o 0.0 o.0 0.o @_@ <3 <33 <333 </3 (^_^) (-_-) (._.) (>_<)
  (*_*) (¬_¬) ಠ_ಠ ಠ︵ಠ (ಠ_ಠ) ¯\\(ツ)/¯ (╯°□°）╯︵┻━┻ ><(((*>
`;

/** Bare contractions that are common words or were taken off the list: "its", "well", "ill". */
const notSpecial = "Ill ill Its its Hell hell Shell shell Shed shed were Were Well well Whore whore";

function words(listed: string): string[] {
  return listed.trim().split(/\s+/);
}

function buildSpecialCases(): Map<string, readonly string[]> {
  const cases = new Map<string, readonly string[]>();
  const add = (pieces: readonly string[]) => cases.set(pieces.join(""), pieces);
  /** Adds the pieces as given and with a capital first letter. */
  const addBoth = (pieces: readonly string[]) => {
    add(pieces);
    const [first = "", ...rest] = pieces;
    add([first.charAt(0).toUpperCase() + first.slice(1), ...rest]);
  };
  /** Adds each stem with an ending, and the same letters without apostrophes ("don't" and "dont"). */
  const contract = (stems: string, ...ending: readonly string[]) => {
    for (const stem of words(stems)) {
      addBoth([stem, ...ending]);
      addBoth([stem, ...ending.map((piece) => piece.replaceAll("'", ""))]);
    }
  };

  contract("i", "'m");
  contract("i", "'m", "a");
  for (const ending of [["'ll"], ["'ll", "'ve"], ["'d"], ["'d", "'ve"]]) {
    contract("i you he she it we they who what when where why how there that", ...ending);
  }
  contract("i you we they", "'ve");
  contract("you we they", "'re");
  contract("he she it", "'s");
  for (const ending of ["'s", "'re", "'ve"]) contract("who what when where why how there that", ending);
  const verbs = "ca could do does did had may might must need ought sha should wo would";
  contract(verbs, "n't");
  contract(verbs, "n't", "'ve");
  contract("could might must should would", "'ve");
  contract("ai are is was were have has dare", "n't");
  contract("not", "'ve");
  for (const word of words(notSpecial)) cases.delete(word);

  add(["y'", "all"]);
  add(["y", "all"]);
  addBoth(["how", "'d", "'y"]);
  addBoth(["can", "not"]);
  addBoth(["gon", "na"]);
  addBoth(["got", "ta"]);
  addBoth(["let", "'s"]);
  for (let hour = 1; hour <= 12; hour++) for (const half of ["am", "a.m.", "pm", "p.m."]) add([String(hour), half]);

  for (const word of words(keptWhole)) add([word]);
  for (const word of words("doin goin nothin nuthin ol somethin lovin havin")) {
    addBoth([word]);
    addBoth([`${word}'`]);
  }
  for (const lower of "abcdefghijklmnopqrstuvwxyzäöü") add([`${lower}.`]);

  for (const pieces of [...cases.values()]) {
    if (pieces.some((piece) => piece.includes("'"))) add(pieces.map((piece) => piece.replaceAll("'", "’")));
  }
  return cases;
}

/** The words that spaCy 2.1's English tokenizer splits (or keeps whole) by a table, before and between all other rules. */
export const specialCases: ReadonlyMap<string, readonly string[]> = buildSpecialCases();

const longestCase = Math.max(...[...specialCases.keys()].map((word) => word.length));

/** Whether the table has a word. Long words are not even looked up: a lookup reads all of a word, and is repeated at every affix. */
export function isSpecialCase(word: string): boolean {
  return word.length <= longestCase && specialCases.has(word);
}
