/** The runner end to end, on variants that are broken on purpose. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXPECTED } from '../suites/adversarial/broken.ts';
import { loadKernels } from './catalogue.ts';
import { makePlan, type Plan } from './plan.ts';
import { readRecords, type ZooRecord } from './record.ts';
import { ROOT } from './root.ts';
import { run } from './run.ts';

const files = { kernels: [join(ROOT, 'suites/adversarial/broken.ts')], variants: [] };
const folder = mkdtempSync(join(tmpdir(), 'zoo-run-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function brokenPlan(cases: string[], selectors = ['broken']): Promise<Plan> {
  const plan = makePlan(await loadKernels(files), { selectors, cases });
  return { ...plan, budget: { sampleMs: 20, warmupMs: 20, minSamples: 3, processes: 1, limitMs: 10_000 } };
}

describe('a run over broken variants', () => {
  let records: ZooRecord[];
  beforeAll(async () => {
    records = await run(await brokenPlan(['N=1024']), {
      file: join(folder, 'broken.jsonl'),
      files,
      engine: 'tinybench',
    });
  }, 300_000);

  for (const [variant, { status, reason }] of Object.entries(EXPECTED)) {
    it(`calls "${variant}" ${status} and says why`, () => {
      const record = records.find((candidate) => candidate.variant === variant);
      expect(record?.status, record?.reason).toBe(status);
      expect(record?.reason ?? '').toMatch(reason);
    });
  }

  it('times only what is right', () => {
    expect(records.filter((record) => record.time).map((record) => record.variant)).toEqual(['honest']);
  });

  it('has the same records on disk, one valid line each', () => {
    expect(readRecords(join(folder, 'broken.jsonl'))).toEqual(JSON.parse(JSON.stringify(records)));
  });
});

it('measures the later cells of a variant whose process died, and resumes without repeating cells', async () => {
  const file = join(folder, 'resume.jsonl');
  const plan = await brokenPlan(['N=1024', 'N=7'], ['broken/exits', 'broken/honest']);
  const first = await run(plan, { file, files, engine: 'tinybench', memory: false });
  expect(first.map((record) => [record.variant, record.case, record.status])).toEqual([
    ['honest', 'N=1024', 'ok'],
    ['honest', 'N=7', 'ok'],
    ['exits', 'N=1024', 'failed'],
    ['exits', 'N=7', 'failed'],
  ]);
  const done = first.slice(0, 3);
  const again = await run(plan, {
    file: join(folder, 'again.jsonl'),
    files,
    engine: 'tinybench',
    memory: false,
    done,
  });
  expect(again.slice(0, 3)).toEqual(done);
  expect(readRecords(join(folder, 'again.jsonl')).map((record) => record.id)).toEqual(['broken/exits@N=7']);
}, 60_000);

it('gives benchmark.js the same cells', async () => {
  const plan = await brokenPlan(['N=1024'], ['broken/honest']);
  const [record] = await run(plan, {
    file: join(folder, 'bjs.jsonl'),
    files,
    engine: 'benchmarkjs',
    memory: false,
  });
  expect(record?.status, record?.reason).toBe('ok');
  expect(record?.time?.engine).toBe('benchmarkjs');
  expect(record?.time?.samplesNs.length).toBeGreaterThanOrEqual(3);
}, 60_000);
