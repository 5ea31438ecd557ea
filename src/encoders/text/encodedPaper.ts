/** The text of a paper, as a recipe needs it. An absent part is the empty text. */
export interface TitleAndAbstract {
  readonly title: string;
  readonly abstract: string;
}

/** One paper as the model takes it. */
export interface EncodedPaper {
  /** Token ids, special tokens included. */
  readonly ids: readonly number[];
  /** Whether the text was cut to the maximum length. */
  readonly truncated: boolean;
  /** Positions whose outputs are averaged, for recipes that choose them (`original`: each word's last piece); else null. */
  readonly positions: readonly number[] | null;
}

/** Turns papers into token ids. */
export type PaperEncoder = (paper: TitleAndAbstract) => EncodedPaper;
