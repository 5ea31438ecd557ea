// ml-logistic-regression ships no types; this is what we use of it.
declare module "ml-logistic-regression" {
  import type { Matrix } from "ml-matrix";

  export default class LogisticRegression {
    constructor(options: { numSteps: number; learningRate: number });
    /** @param labels a column of classes 0, 1, 2, … each of which occurs */
    train(features: Matrix, labels: Matrix): void;
    predict(features: Matrix): number[];
  }
}
