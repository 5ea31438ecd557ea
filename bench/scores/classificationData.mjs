// Vectors of the real benchmark's sizes that look like a BERT encoder's: float32, most values within +-1.5, a few dimensions near +-10,
// a spectrum that falls off, and classes that overlap so much that a linear classifier reaches a macro F1 between 80 and 90.

/** Size of each task in the real benchmark. */
export const sizes = {
  mag: { label: "MAG", classes: 19, train: 17_500, val: 3_750, test: 3_751 },
  mesh: { label: "MeSH", classes: 11, train: 16_400, val: 3_536, test: 3_536 },
};
/** Width of a BERT encoder's vectors. */
export const bertDimensions = 768;

/** Standard normal numbers from a seed (xorshift128+ by halves of 32 bits, then Box and Muller). */
export function normals(seed) {
  let a = seed >>> 0 || 1;
  const next = () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  let kept = null;
  const normal = () => {
    if (kept !== null) {
      const value = kept;
      kept = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - next()));
    const angle = 2 * Math.PI * next();
    kept = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return { normal, uniform: next };
}

/**
 * One task's papers: `data` row-major, `labels`, and the three splits one after another (train, val, test).
 * @param scale 1 for the real sizes
 * @param dimensions of a vector
 */
export function classificationVectors(
  task,
  { scale = 1, seed = 1, separation = 0.86, dimensions = bertDimensions } = {},
) {
  const size = sizes[task];
  const counts = ["train", "val", "test"].map((split) => Math.ceil(size[split] * scale));
  const rows = counts.reduce((a, b) => a + b, 0);
  const { normal, uniform } = normals(seed * 1000 + task.length);
  const latents = 112;
  const subtopics = 6;

  const mean = Float64Array.from({ length: dimensions }, () => 0.35 * normal());
  for (const [k, j] of [37, 222, 308, 381, 588].entries()) mean[j] = [10, -9.6, 8.9, -10.4, 9.3][k];
  const mixing = Float64Array.from({ length: latents * dimensions }, () => normal() / Math.sqrt(dimensions));
  const spread = Float64Array.from({ length: latents }, (_, l) => 4.5 / (1 + l) ** 0.5);
  const centres = Float64Array.from({ length: size.classes * subtopics * latents }, (_, i) => {
    const l = i % latents;
    return spread[l] * normal();
  });
  // Subtopics of a class share half of their class's centre.
  for (let k = 0; k < size.classes; k++)
    for (let t = 1; t < subtopics; t++)
      for (let l = 0; l < latents; l++) {
        const own = (k * subtopics + t) * latents + l;
        centres[own] = 0.6 * centres[k * subtopics * latents + l] + 0.8 * centres[own];
      }

  const data = new Float32Array(rows * dimensions);
  const labels = new Int32Array(rows);
  const row = new Float64Array(dimensions);
  const latent = new Float64Array(latents);
  for (let r = 0; r < rows; r++) {
    const k = Math.floor(size.classes * uniform() ** 1.2);
    const t = Math.floor(subtopics * uniform());
    labels[r] = uniform() < 0.06 ? Math.floor(size.classes * uniform()) : k;
    for (let l = 0; l < latents; l++)
      latent[l] = separation * 0.62 * centres[(k * subtopics + t) * latents + l] + spread[l] * normal();
    row.set(mean);
    for (let l = 0; l < latents; l++) {
      const z = latent[l];
      const start = l * dimensions;
      for (let j = 0; j < dimensions; j++) row[j] += z * mixing[start + j];
    }
    for (let j = 0; j < dimensions; j++) data[r * dimensions + j] = row[j] + 0.1 * normal();
  }
  return { task, label: size.label, classes: size.classes, counts, data, labels };
}
