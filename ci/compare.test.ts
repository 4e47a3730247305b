import { describe, expect, it } from 'vitest';
import { compareFiles, compareVariants, exitCodeOf, FASTEST, verdictOf } from './compare.ts';
import { formatComparison } from './compare-text.ts';
import { sampleRecords } from './records.fixture.ts';

const naive = sampleRecords('gelu/naive@N=8', { ns: [1000, 1010, 990, 1005, 995] });
const simd = sampleRecords('gelu/simd@N=8', { ns: [200, 202, 198, 201, 199], backend: 'wasm' });
const wrong = sampleRecords('gelu/table@N=8', { status: 'wrong' });
const absent = sampleRecords('gelu/webgpu@N=8', {
  status: 'unsupported',
  reason: 'no adapter',
  backend: 'webgpu',
});

const summary = (rows: ReturnType<typeof compareVariants>) =>
  rows.map((row) => `${row.variant}: ${verdictOf(row)}`);

describe('compareVariants', () => {
  it('puts naive first and then goes by backend, whatever the order of the records', () => {
    const expected = ['naive: baseline', 'table: wrong', 'simd: faster', 'webgpu: unsupported'];
    expect(summary(compareVariants([...naive, ...wrong, ...simd, ...absent], 'naive'))).toEqual(expected);
    expect(summary(compareVariants([...absent, ...simd, ...wrong, ...naive].reverse(), 'naive'))).toEqual(
      expected,
    );
  });

  it('gives the ratio of times with its interval', () => {
    const row = compareVariants([...naive, ...simd], 'naive')[1]!;
    expect(row.difference!.ratio).toBeCloseTo(0.2, 3);
    expect(row.difference!.low).toBeLessThan(0.2);
    expect(row.difference!.high).toBeGreaterThan(0.2);
    expect(row.processes).toBe(5);
  });

  it('never gives a time or a ratio to a cell that is not ok, nor against one', () => {
    for (const row of compareVariants([...naive, ...wrong, ...absent], 'naive').slice(1)) {
      expect(row.difference).toBeUndefined();
      expect(row.medianNs).toBeUndefined();
      expect(row.reason).toBeTruthy();
    }
    const [againstWrong] = compareVariants([...simd, ...wrong], 'table').filter(
      (row) => row.variant === 'simd',
    );
    expect(againstWrong!.difference).toBeUndefined();
    expect(againstWrong!.reason).toMatch(/^table is wrong: abs error 1/);
  });

  it('says when the baseline was not measured on a case', () => {
    const [row] = compareVariants(simd, 'naive');
    expect(row!.reason).toBe('naive was not measured on this case');
    expect(verdictOf(row!)).toBe('not compared');
  });

  it('takes the fastest as baseline, but no software GPU', () => {
    const gpu = sampleRecords('gelu/webgpu@N=8', {
      ns: [1, 1, 1],
      backend: 'webgpu',
      host: { gpuIsSoftware: true },
    });
    const rows = compareVariants([...naive, ...simd, ...gpu], FASTEST);
    expect(rows.map((row) => row.baseline)).toEqual(['simd', 'simd', 'simd']);
    const webgpu = rows.find((row) => row.variant === 'webgpu')!;
    expect(webgpu.softwareGpu).toBe(true);
    const asked = compareVariants([...naive, ...simd, ...gpu], FASTEST, { softwareGpu: true });
    expect(asked.filter((row) => row.difference).map((row) => row.baseline)).toEqual(['webgpu', 'webgpu']);
    expect(verdictOf(webgpu)).toBe('not compared');
  });

  it('raises p by k / 2 where the baseline is the fastest of k', () => {
    const others = ['a', 'b', 'c'].flatMap((name) =>
      sampleRecords(`gelu/${name}@N=8`, { ns: [300, 305, 295] }),
    );
    const against = (name: string) =>
      compareVariants([...simd, ...others], name).find((row) => row.variant === 'a')!.difference!.p!;
    expect(against(FASTEST)).toBeCloseTo(2 * against('simd'), 12);
  });

  it('keeps cases and runtimes apart', () => {
    const elsewhere = simd.map((record) => ({ ...record, host: { ...record.host, runtime: 'bun' } }));
    const other = sampleRecords('gelu/simd@N=9');
    const rows = compareVariants([...naive, ...simd, ...elsewhere, ...other], 'naive');
    expect(rows.filter((row) => row.difference).map(({ id, runtime }) => `${id} ${runtime}`)).toEqual([
      'gelu/simd@N=8 node',
    ]);
  });
});

describe('compareFiles', () => {
  it('compares the same cells and lists those of one file only', () => {
    const slower = sampleRecords('gelu/simd@N=8', { ns: [240, 242, 238, 241, 239], backend: 'wasm' });
    const gone = sampleRecords('gelu/old@N=8');
    const { rows, onlyOld, onlyNew, hosts } = compareFiles(
      [...naive, ...simd, ...gone],
      [...naive, ...slower, ...wrong],
    );
    expect(summary(rows)).toEqual(['naive: same', 'simd: slower']);
    expect(rows[1]!.difference!.ratio).toBeCloseTo(1.2, 3);
    expect(onlyOld).toEqual(['gelu/old@N=8']);
    expect(onlyNew).toEqual(['gelu/table@N=8']);
    expect(hosts).toEqual([]);
  });

  it('a cell that became wrong shows it, without a ratio', () => {
    const { rows } = compareFiles(simd, sampleRecords('gelu/simd@N=8', { status: 'wrong', backend: 'wasm' }));
    expect(summary(rows)).toEqual(['simd: wrong']);
    expect(rows[0]!.difference).toBeUndefined();
  });

  it('says in what the hosts differ', () => {
    const elsewhere = simd.map((record) => ({
      ...record,
      host: {
        ...record.host,
        cpu: 'Other CPU',
        cores: 8,
        version: '22.1.0',
        flags: ['--no-opt'],
        threads: 8,
        os: 'Other OS',
      },
    }));
    const { hosts } = compareFiles(simd, elsewhere);
    expect(hosts.map(({ what }) => what)).toEqual([
      ...['processor', 'cores', 'runtime', 'threads', 'flags', 'operating system'],
    ]);
    expect(hosts[0]).toEqual({ what: 'processor', old: 'Example CPU', new: 'Other CPU' });
  });

  it('keeps environments of one file apart', () => {
    const more = simd.map((record) => ({ ...record, host: { ...record.host, threads: 8 } }));
    const { rows, onlyOld } = compareFiles([...simd, ...more], more);
    expect(rows.length).toBe(1);
    expect(onlyOld).toEqual(['gelu/simd@N=8 (node, 2 threads)']);
  });

  it('says which cells were disturbed in either file', () => {
    const noisy = simd.map((record, i) => (i === 0 ? { ...record, noisy: 'load 4.0' } : record));
    expect(compareFiles(noisy, simd).rows[0]!.noisy).toBe('1 of 5 processes: load 4.0');
    expect(formatComparison(compareFiles(simd, noisy), 'table')).toContain(
      'noisy: 1 of 1 cells; gelu/simd@N=8: 1 of 5 processes: load 4.0',
    );
    expect(formatComparison(compareFiles(simd, simd), 'table')).not.toContain('noisy');
  });

  it('compares a file of one runtime with a file of another', () => {
    const bun = simd.map((record) => ({
      ...record,
      host: { ...record.host, runtime: 'bun', version: '1.4.0' },
    }));
    const { rows, hosts } = compareFiles(simd, bun);
    expect(summary(rows)).toEqual(['simd: same']);
    expect(hosts.map(({ what }) => what)).toEqual(['runtime']);
  });
});

describe('exitCodeOf', () => {
  const slower = sampleRecords('gelu/simd@N=8', { ns: [240, 242, 238, 241, 239], backend: 'wasm' });
  const failed = sampleRecords('gelu/simd@N=8', { status: 'failed', reason: 'exit code 134' });
  const one = sampleRecords('gelu/simd@N=8', { ns: [205] });

  it('is 1 for wrong anywhere and slower between files, 4 for failed, 3 where all is unclear, else 0', () => {
    expect(exitCodeOf(compareVariants([...naive, ...simd], 'naive'))).toBe(0);
    expect(exitCodeOf(compareVariants([...naive, ...simd], 'simd'))).toBe(0);
    expect(exitCodeOf(compareVariants([...naive, ...wrong], 'naive'))).toBe(1);
    expect(exitCodeOf(compareVariants([...naive, ...failed], 'naive'))).toBe(4);
    expect(exitCodeOf(compareFiles(simd, slower).rows)).toBe(1);
    expect(exitCodeOf(compareFiles(slower, simd).rows)).toBe(0);
    expect(exitCodeOf(compareFiles(simd, one).rows)).toBe(3);
    expect(exitCodeOf([])).toBe(3);
  });
});
