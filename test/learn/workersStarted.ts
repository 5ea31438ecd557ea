/** Does a piece of work and counts the worker threads that it starts. */
export async function workersStarted<T>(
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly count: number }> {
  let count = 0;
  const started = (): void => {
    count++;
  };
  process.on("worker", started);
  try {
    return { value: await work(), count };
  } finally {
    process.off("worker", started);
  }
}
