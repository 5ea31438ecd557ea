/** Two special tokens and one of a text are the least that a text is cut to. */
export const fewestTokens = 3;
