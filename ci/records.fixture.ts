/** Hand-made records for the tests of verdicts. */
import type { ZooRecord } from '../harness/record.ts';
import { median, sorted } from '../harness/stats/median.ts';

export interface Sample {
  /** Medians of the processes; one record each. */
  readonly ns?: readonly number[];
  readonly status?: ZooRecord['status'];
  readonly reason?: string;
  readonly error?: Partial<NonNullable<ZooRecord['error']>>;
  readonly memory?: Partial<NonNullable<ZooRecord['memory']>>;
  readonly rate?: ZooRecord['rate'];
  readonly tokens?: ZooRecord['tokens'];
  readonly backend?: ZooRecord['backend'];
  readonly host?: Partial<ZooRecord['host']>;
}

/** One record for each process of the cell `subject/variant@case`. */
export function sampleRecords(id: string, sample: Sample = {}): ZooRecord[] {
  const [, subject, variant, shape] = /^(.+?)\/(.+?)@(.+)$/.exec(id) as unknown as string[];
  const { ns = [1000, 1010, 990], status = 'ok', reason, memory, rate, tokens, backend = 'js' } = sample;
  return ns.map((medianNs, replicate) => ({
    schema: 1,
    id,
    subject: subject!,
    kind: 'kernel',
    variant: variant!,
    backend,
    case: shape!,
    suite: 'default',
    replicate,
    status,
    ...(reason !== undefined && { reason }),
    ...(status === 'ok' || status === 'wrong' || sample.error
      ? {
          error: {
            metric: 'abs',
            value: status === 'wrong' ? 1 : 1e-7,
            tolerance: 1e-6,
            why: 'float32',
            approximation: false,
            coldValue: 1e-7,
            where: 'index 3: got 1, expected 2',
            checks: 2,
            ...sample.error,
          },
        }
      : {}),
    ...(status === 'ok' && { time: time(medianNs) }),
    ...(rate && { rate }),
    ...(tokens && { tokens }),
    ...(memory && { memory: { ...memory, method: 'difference' } }),
    host: {
      runtime: 'node',
      version: '24.21.0',
      engine: 'v8',
      engineVersion: '13.6',
      cpu: 'Example CPU',
      cores: 2,
      simd: true,
      relaxedSimd: true,
      threads: 2,
      flags: [],
      ...sample.host,
    },
    at: '2026-01-01T00:00:00.000Z',
  }));
}

function time(medianNs: number): NonNullable<ZooRecord['time']> {
  const samplesNs = sorted([0.98, 0.99, 1, 1, 1, 1.01, 1.02].map((factor) => factor * medianNs));
  return {
    medianNs: median(samplesNs),
    ciLowNs: samplesNs[1]!,
    ciHighNs: samplesNs.at(-2)!,
    minNs: samplesNs[0]!,
    p99Ns: samplesNs.at(-1)!,
    samplesNs,
    batch: 10,
    processes: 1,
    coldNs: 2 * medianNs,
    processMediansNs: [medianNs],
    engine: 'tinybench',
  };
}
