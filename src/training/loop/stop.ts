/** Ends what is under way because a stop was asked for; everything that was done stays as it is. */
export class StopRequested extends Error {
  constructor() {
    super("a stop was asked for");
    this.name = "StopRequested";
  }
}
