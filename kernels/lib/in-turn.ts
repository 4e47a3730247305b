/** Work that is asynchronous, of those who share what does it: a device, a runtime. */

const ends = new WeakMap<object, Promise<unknown>>();

/** Behind all that was asked of `owner` before, however that ended. */
export function inTurn<T>(owner: object, step: () => Promise<T>): Promise<T> {
  const done = (ends.get(owner) ?? Promise.resolve()).then(step);
  ends.set(
    owner,
    done.catch(() => {}),
  );
  return done;
}

/**
 * The methods of a variant whose runs return before `step` has begun: those of all who share `owner` are done one after the other, so that
 * waiting for the latest is waiting for all. What fails is thrown by `sync`, and nothing runs behind it.
 */
export function queue(owner: object, step: () => Promise<void>) {
  let last: Promise<void> = Promise.resolve();
  const next = () => inTurn(owner, step);
  return {
    run() {
      last = last.then(next);
      // Who does not wait for it does not hear of it.
      last.catch(() => {});
    },
    sync: () => last,
    /** When what was asked for is done. */
    dispose(end: () => void | Promise<void>) {
      last
        .catch(() => {})
        .then(() => inTurn(owner, async () => end()))
        .catch(() => {});
    },
  };
}
