import { firstToken } from "./firstToken.ts";
import type { VectorHead } from "./head.ts";
import { pooler } from "./pooler.ts";
import { tokenMean } from "./tokenMean.ts";
import { wordMean, wordSum } from "./words.ts";

/** The ways of making a text's vector that can be trained. */
export const heads: readonly VectorHead[] = [firstToken, tokenMean, pooler, wordMean, wordSum];
