/** Every way of cheating in `suites/adversarial/` is caught, for its own reason, and what is honest is not accused. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAMILIES, FILES } from '../suites/adversarial/index.ts';
import { adversarialSuite } from '../suites/adversarial.ts';
import { loadKernels } from './catalogue.ts';
import { makePlan } from './plan.ts';
import type { ZooRecord } from './record.ts';
import { ROOT } from './root.ts';
import { run } from './run.ts';

const files = { kernels: FILES.map((file) => join(ROOT, file)), variants: [] };
const folder = mkdtempSync(join(tmpdir(), 'zoo-adversarial-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const records: ZooRecord[] = [];
beforeAll(async () => {
  const plan = makePlan(await loadKernels(files), { suite: adversarialSuite.name });
  // Two runs at a time: most of what a process does here is start, and one of them waits for what hangs.
  const half = (odd: number) => ({ ...plan, groups: plan.groups.filter((_, i) => i % 2 === odd) });
  const both = [0, 1].map((odd) =>
    run(half(odd), { file: join(folder, `${odd}.jsonl`), files, engine: 'tinybench' }),
  );
  records.push(...(await Promise.all(both)).flat());
}, 300_000);

for (const { kernel, expected } of FAMILIES) {
  describe(kernel.name, () => {
    it('has a stated result for each variant', () => {
      expect(Object.keys(expected).sort()).toEqual(kernel.variants.map(({ name }) => name).sort());
    });

    for (const { name, idea } of kernel.variants) {
      it(`${name} (${idea}): ${expected[name]!.status}`, () => {
        const record = records.find((each) => each.id === `${kernel.name}/${name}@N=4096`);
        expect(record?.reason ?? '').toMatch(expected[name]!.reason);
        expect(record?.status).toBe(expected[name]!.status);
      });
    }
  });
}

it('gives no time to what is not ok', () => {
  expect(records.filter(({ time }) => time).map(({ variant }) => variant)).toEqual(
    FAMILIES.map(() => 'honest'),
  );
});
