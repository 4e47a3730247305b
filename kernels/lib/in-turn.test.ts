import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { queue } from './in-turn.ts';

/** Work of several steps that notes when it begins and ends. */
const noting =
  (notes: string[], name: string, fails = false) =>
  async () => {
    notes.push(`${name} begins`);
    await setImmediate();
    if (fails) throw new Error(name);
    notes.push(`${name} ends`);
  };

it('runs of all who share an owner are done one after the other, and waiting for the latest is waiting for all', async () => {
  const notes: string[] = [];
  const owner = {};
  const [a, b] = ['a', 'b'].map((name) => queue(owner, noting(notes, name)));
  a!.run();
  b!.run();
  a!.dispose(() => void notes.push('a disposed'));
  b!.run();
  expect(notes).toEqual([]);
  await b!.sync();
  expect(notes.filter((note) => note !== 'a disposed')).toEqual(
    ['a', 'b', 'b'].flatMap((name) => [`${name} begins`, `${name} ends`]),
  );
  expect(notes.indexOf('a disposed')).toBeGreaterThan(notes.indexOf('a ends'));
});

it('a failure is its own: others go on, nothing runs behind it, and what it held is disposed of', async () => {
  const notes: string[] = [];
  const owner = {};
  const a = queue(owner, noting(notes, 'a', true));
  const b = queue(owner, noting(notes, 'b'));
  a.run();
  a.run();
  b.run();
  await expect(a.sync()).rejects.toThrow('a');
  await b.sync();
  expect(notes).toEqual(['a begins', 'b begins', 'b ends']);
  await new Promise<void>((resolve) => a.dispose(resolve));
});

it('nothing waits for those of another owner, and where nothing runs there is nothing to wait for', async () => {
  const never = queue({}, () => new Promise(() => {}));
  never.run();
  const notes: string[] = [];
  const other = queue({}, noting(notes, 'other'));
  await other.sync();
  other.run();
  await other.sync();
  expect(notes).toEqual(['other begins', 'other ends']);
});
