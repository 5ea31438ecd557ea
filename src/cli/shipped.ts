import { fileURLToPath } from "node:url";
import { packageRoot } from "../packageRoot.ts";

/** The mini dataset that ships with the program: synthetic, all seven tasks. */
export const miniDataset = fileURLToPath(new URL("datasets/mini", packageRoot));
