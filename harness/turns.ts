/** One of several processes works at a time. */
export class Turns {
  /** Settled when all that asked before have ended their turns. */
  #before: Promise<void> = Promise.resolve();

  /**
   * Waits for those that asked before.
   * @returns ends the turn
   */
  take(): Promise<() => void> {
    const before = this.#before;
    return new Promise((taken) => {
      this.#before = new Promise((end) => before.then(() => taken(end)));
    });
  }
}
