import 'kernel-zoo/vitest';
import { expect, it } from 'vitest';

const work = (n: number) => () => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.sqrt(i);
  return sum;
};

it('a thousandth of the work is faster', async () => {
  await expect(work(100)).toBeFasterThan(work(100_000));
});
