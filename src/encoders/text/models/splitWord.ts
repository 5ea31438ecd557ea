/** Splits one word into the ids of its pieces. */
export type SplitWord = (word: string) => readonly number[];

/** The `model` of a `tokenizer.json`. */
export type ModelConfig = Readonly<Record<string, unknown>>;
