/** The share of a standard normal distribution below x, by its power series (Abramowitz and Stegun, 26.2.10). */
function normalShare(x: number): number {
  if (Math.abs(x) > 9) return x < 0 ? 0 : 1;
  let term = x;
  let sum = x;
  for (let k = 1; Math.abs(term) > 1e-18 * Math.abs(sum); k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + (Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => (x > 20 ? x : Math.log1p(Math.exp(x)));
const between = (x: number, least: number, most: number): number => Math.min(most, Math.max(least, x));
const selu = { scale: 1.0507009873554805, alpha: 1.6732632423543772 };

/**
 * Activations of a dense step: the element-wise classes of `torch.nn` in lower case, each with its default settings, since a folder names
 * the class alone (https://docs.pytorch.org/docs/stable/nn.html).
 */
export const activations = {
  identity: (x: number) => x,
  tanh: Math.tanh,
  relu: (x: number) => Math.max(0, x),
  gelu: (x: number) => x * normalShare(x),
  sigmoid,
  silu: (x: number) => x * sigmoid(x),
  mish: (x: number) => x * Math.tanh(softplus(x)),
  elu: (x: number) => (x > 0 ? x : Math.expm1(x)),
  celu: (x: number) => (x > 0 ? x : Math.expm1(x)),
  selu: (x: number) => selu.scale * (x > 0 ? x : selu.alpha * Math.expm1(x)),
  leakyrelu: (x: number) => (x > 0 ? x : 0.01 * x),
  relu6: (x: number) => between(x, 0, 6),
  softplus,
  softsign: (x: number) => x / (1 + Math.abs(x)),
  logsigmoid: (x: number) => (x < 0 ? x - Math.log1p(Math.exp(x)) : -Math.log1p(Math.exp(-x))),
  hardtanh: (x: number) => between(x, -1, 1),
  hardsigmoid: (x: number) => between(x / 6 + 0.5, 0, 1),
  hardswish: (x: number) => x * between(x / 6 + 0.5, 0, 1),
  tanhshrink: (x: number) => x - Math.tanh(x),
  softshrink: (x: number) => (x > 0.5 ? x - 0.5 : x < -0.5 ? x + 0.5 : 0),
  hardshrink: (x: number) => (Math.abs(x) > 0.5 ? x : 0),
} as const satisfies Record<string, (x: number) => number>;
export type Activation = keyof typeof activations;
