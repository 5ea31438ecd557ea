import { EigenvalueDecomposition, Matrix, QrDecomposition } from "ml-matrix";
import { generator } from "../../dist/stats/random/generator.js";

/**
 * A vector for each word piece: the leading eigenvectors of the positive pointwise mutual information of pieces that
 * occur in one text (latent semantic analysis), each row weighted down the more common the piece is.
 * @param {readonly (readonly number[])[]} texts piece ids of each text
 * @param {number} pieces size of the vocabulary
 * @param {number} dimensions length of a vector
 * @param {number} firstPiece ids below are special tokens and get zeros
 * @returns {Float32Array} `pieces` rows of `dimensions`
 */
export function pieceVectors(texts, pieces, dimensions, firstPiece) {
  const { together, alone, total } = countTogether(texts, pieces, firstPiece);
  const information = new Matrix(pieces, pieces);
  for (let a = firstPiece; a < pieces; a += 1) {
    for (let b = firstPiece; b < pieces; b += 1) {
      const both = together[a * pieces + b];
      if (both < 2) continue;
      information.set(a, b, Math.max(0, Math.log((both * texts.length) / (alone[a] * alone[b]))));
    }
  }
  const { values, vectors } = leadingEigenvectors(information, dimensions);
  const counts = new Float64Array(pieces);
  for (const text of texts) for (const piece of text) counts[piece] += 1;
  const table = new Float32Array(pieces * dimensions);
  for (let piece = firstPiece; piece < pieces; piece += 1) {
    // Common pieces say little about a text (Arora et al., 2017: a / (a + p)).
    const weight = 1e-3 / (1e-3 + counts[piece] / total);
    for (let d = 0; d < dimensions; d += 1) {
      table[piece * dimensions + d] = weight * vectors.get(piece, d) * Math.sqrt(Math.max(0, values[d]));
    }
  }
  return table;
}

/** In how many texts two pieces occur together, and each alone. */
function countTogether(texts, pieces, firstPiece) {
  const together = new Float64Array(pieces * pieces);
  const alone = new Float64Array(pieces);
  let total = 0;
  for (const text of texts) {
    total += text.length;
    const present = [...new Set(text)].filter((piece) => piece >= firstPiece);
    for (const a of present) {
      alone[a] += 1;
      for (const b of present) if (a !== b) together[a * pieces + b] += 1;
    }
  }
  return { together, alone, total };
}

/** Leading eigenvectors of a symmetric matrix by subspace iteration from a fixed start. */
function leadingEigenvectors(matrix, wanted) {
  const width = wanted + 16;
  const random = generator(1);
  let basis = new Matrix(
    Array.from({ length: matrix.rows }, () => Array.from({ length: width }, () => random.uniform() - 0.5)),
  );
  for (let iteration = 0; iteration < 4; iteration += 1) {
    basis = new QrDecomposition(matrix.mmul(basis)).orthogonalMatrix;
  }
  const small = new EigenvalueDecomposition(basis.transpose().mmul(matrix.mmul(basis)), { assumeSymmetric: true });
  const order = small.realEigenvalues
    .map((value, at) => ({ value, at }))
    .sort((a, b) => b.value - a.value)
    .slice(0, wanted);
  const all = basis.mmul(small.eigenvectorMatrix);
  const vectors = new Matrix(matrix.rows, wanted);
  for (const [column, { at }] of order.entries()) {
    // The sign of an eigenvector is arbitrary: the largest entry is made positive.
    const values = all.getColumn(at);
    const largest = values.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    vectors.setColumn(column, largest < 0 ? values.map((value) => -value) : values);
  }
  return { values: order.map(({ value }) => value), vectors };
}
