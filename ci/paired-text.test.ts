import { describe, expect, it } from 'vitest';
import type { Against } from './against-base.ts';
import type { PairedRow } from './paired.ts';
import { formatAgainst } from './paired-text.ts';

const row = (id: string, verdict: PairedRow['verdict'], ratio: number, half = 0.01): PairedRow => ({
  ...{ id, runtime: 'node', verdict, pairs: 11, ratio, low: ratio * (1 - half), high: ratio * (1 + half) },
});
const explained = {
  pairs: 5,
  unit: 'token' as const,
  us: 8.3,
  halfUs: 0.5,
  parts: [{ name: 'matvec', isChanged: true, us: 8.1, halfUs: 0.4 }],
};
const against: Against = {
  base: { commit: 'c'.repeat(40), folder: '/base', repository: '/here', here: {} },
  rows: [
    row('rope/simd@T=1', 'same', 1.001),
    row('gelu/simd@N=8', 'slower', 1.051),
    { ...row('llama-decode/simd@depth=0', 'slower', 1.08), explained },
    row('tanh/simd@N=8', 'faster', 0.9),
    { id: 'dot/old@N=8', runtime: 'node', verdict: 'removed', pairs: 0, reason: 'not in the candidate' },
  ],
  seconds: 12,
};

describe('for people', () => {
  const lines = formatAgainst(against, 'text').split('\n');

  it('the worst first, what is the same only counted', () => {
    const told = ['llama-decode/simd', 'gelu/simd', 'tanh/simd', 'dot/old'];
    const at = told.map((name) => lines.findIndex((line) => line.startsWith(name)));
    expect(at).toEqual([...at].sort((a, b) => a - b));
    expect(at).not.toContain(-1);
    expect(lines.some((line) => line.startsWith('rope'))).toBe(false);
    expect(lines.join('\n')).toContain(
      '5 cells against cccccccccccc in 12 s: 2 slower, 1 faster, 1 removed, 1 same',
    );
  });

  it('under the table the functions that a pipeline became slower by', () => {
    expect(lines).toContain(
      'llama-decode/simd@depth=0: −7.4 % tok/s, +8.3 ± 0.50 µs a token; by 5 pairs of CPU profiles: matvec +8.1 ± 0.40 (changed); all else +0.20',
    );
  });
});

describe('in Markdown', () => {
  const text = formatAgainst(against, 'md');
  const plotOf = (name: string) => /`(.+)`/.exec(text.split('\n').find((line) => line.includes(name))!)?.[1];

  it('a plot of each interval on one scale, whose middle is no change', () => {
    expect(text).toMatch(/\| −1\d\.\d % … \+1\d\.\d % +\|/);
    expect(plotOf('gelu')).toBe('··········┃··━●━·····');
    expect(plotOf('llama')).toBe('··········┃····━●━···');
    expect(plotOf('tanh')).toBe('·━●━······┃··········');
    expect(plotOf('dot')).toBeUndefined();
  });

  it('what explains a pipeline as a list', () => {
    expect(text).toMatch(/^- llama-decode\/simd@depth=0: −7\.4 % tok\/s/m);
  });
});

it('as JUnit: slower is a failure, removed is skipped, and the reason is in the output', () => {
  const xml = formatAgainst(against, 'junit');
  expect(xml).toMatch(/tests="5" failures="2"/);
  expect(xml).toContain('name="gelu/simd@N=8"');
  expect(xml).toContain('matvec +8.1');
});
