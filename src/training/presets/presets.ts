import { hf } from "./hf.ts";
import { original } from "./original.ts";
import type { Preset } from "./preset.ts";

/** The published ways of training. */
export const presets: readonly Preset[] = [hf, original];
