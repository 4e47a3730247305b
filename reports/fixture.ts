/** Records for tests of the reports: the same on every machine, with every status and about as many cells as a full run. */

import { SCHEMA, type ZooRecord } from '../harness/record.ts';
import { rng } from '../kernels/lib/rng.ts';

type Backend = ZooRecord['backend'];

interface Subject {
  readonly name: string;
  readonly cases: readonly (readonly [name: string, from: string, flops: number, bytes: number])[];
  readonly error: { readonly metric: 'scaled' | 'abs' | 'rel' | 'ulp' | 'nmse'; readonly tolerance: number };
  /** Share of the peak that binds. */
  readonly variants: readonly (readonly [name: string, backend: Backend, share: number, error: number])[];
}

const BASE = [
  ['naive', 'js', 0.036, 3e-8],
  ['blocked', 'js', 0.062, 3e-8],
  ['parallel', 'workers', 0.055, 3e-8],
  ['simd', 'wasm', 0.81, 2.4e-7],
  ['simd-threads', 'wasm-threads', 0.78, 2.4e-7],
  ['webgpu', 'webgpu', 0.05, 1.9e-7],
] as const;

const SUBJECTS: readonly Subject[] = [
  {
    name: 'matmul',
    cases: [
      ['M=64,N=64,K=64', 'one head of attention', 2 * 64 ** 3, 12 * 64 ** 2],
      ['M=384,N=384,K=384', 'square', 2 * 384 ** 3, 12 * 384 ** 2],
      [
        'M=128,N=3072,K=768',
        'GPT-2 124M: FFN up, 128 tokens',
        2 * 128 * 3072 * 768,
        4 * (98304 + 2359296 + 393216),
      ],
      ['M=1,N=49152,K=576', 'SmolLM2-135M: logits of one token', 2 * 49152 * 576, 4 * (576 + 49152 * 577)],
    ],
    error: { metric: 'scaled', tolerance: 1e-5 },
    variants: [
      ...BASE,
      ['tile4x4', 'js', 0.1, 2.8e-8],
      ['packed', 'wasm', 0.93, 2.2e-7],
      ['relaxed', 'wasm', 0.97, 1.8e-7],
    ],
  },
  {
    name: 'softmax',
    cases: [
      [
        'R=1536,C=128',
        'GPT-2 124M: attention scores, 12 heads × 128 queries',
        4 * 1536 * 128,
        8 * 1536 * 128,
      ],
      [
        'R=288,C=1024',
        'SmolLM2-135M: attention scores, 9 heads × 32 queries',
        4 * 288 * 1024,
        8 * 288 * 1024,
      ],
      ['R=1,C=49152', 'SmolLM2-135M: logits of one token', 4 * 49152, 8 * 49152],
    ],
    error: { metric: 'scaled', tolerance: 2e-6 },
    variants: [...BASE, ['online', 'js', 0.031, 3.1e-8], ['polynomial', 'js', 0.11, 1.1e-7]],
  },
  {
    name: 'gelu',
    cases: [
      ['L=393216', 'GPT-2 124M: FFN, 128 tokens', 12 * 393216, 8 * 393216],
      ['L=3072', 'GPT-2 124M: FFN, one token', 12 * 3072, 8 * 3072],
    ],
    error: { metric: 'abs', tolerance: 5e-7 },
    variants: [
      ...BASE,
      ['tanh-form', 'js', 0.05, 4.7e-4],
      ['table-f16', 'js', 0.2, 2e-3],
      ['rational', 'wasm', 0.88, 3e-7],
    ],
  },
  {
    name: 'tanh',
    cases: [
      ['L=1000000', 'a million elements', 10e6, 8e6],
      ['L=4096', 'in the first cache', 40960, 32768],
    ],
    error: { metric: 'ulp', tolerance: 6 },
    variants: [
      ...BASE,
      ['pade', 'js', 0.15, 9000],
      ['table', 'js', 0.18, 120],
      ['rational', 'js', 0.13, 2.6],
    ],
  },
  {
    name: 'rmsnorm',
    cases: [['R=128,C=576', 'SmolLM2-135M: 128 tokens', 4 * 128 * 576, 8 * 128 * 576]],
    error: { metric: 'rel', tolerance: 1e-6 },
    variants: [...BASE, ['fused', 'wasm', 0.9, 0]],
  },
  {
    name: 'rope',
    cases: [
      ['T=128,H=9,D=64', 'SmolLM2-135M: queries, 128 tokens', 6 * 128 * 576, 8 * 128 * 576],
      ['T=1,H=32,D=64', 'TinyLlama 1.1B: queries, one token', 6 * 2048, 8 * 2048],
    ],
    error: { metric: 'abs', tolerance: 1e-6 },
    variants: [...BASE, ['cached', 'js', 0.19, 6e-8]],
  },
  {
    name: 'dequant',
    cases: [
      ['quant=q8_0,R=1536,C=576', 'SmolLM2-135M: FFN', 2 * 1536 * 576, 1536 * 576 * (34 / 32 + 4)],
      ['quant=q4_0,R=1536,C=576', 'SmolLM2-135M: FFN', 2 * 1536 * 576, 1536 * 576 * (18 / 32 + 4)],
      ['quant=q4_0,R=5632,C=2048', 'TinyLlama 1.1B: FFN', 2 * 5632 * 2048, 5632 * 2048 * (18 / 32 + 4)],
    ],
    error: { metric: 'abs', tolerance: 0 },
    // Close together, for a linear ladder.
    variants: BASE.map(([name, backend, share]) => [name, backend, Math.sqrt(share), 0] as const),
  },
];

const PEAK_GFLOPS: Record<Backend, number> = {
  js: 65,
  workers: 130,
  wasm: 65,
  'wasm-threads': 130,
  webgpu: 130,
  peer: 130,
};

/** One record for each process; `processes` of them a cell. */
export function fixtureRecords({
  processes = 2,
  runtime = 'node',
}: {
  processes?: number;
  runtime?: string;
} = {}): ZooRecord[] {
  const records: ZooRecord[] = [];
  for (const subject of SUBJECTS) {
    for (const [caseName, from, flops, bytes] of subject.cases) {
      for (const [variant, backend, share, error] of subject.variants) {
        for (let replicate = 0; replicate < processes; replicate++) {
          const id = `${subject.name}/${variant}@${caseName}`;
          const random = rng(`${id} ${replicate} ${runtime}`);
          const threads = backend === 'workers' || backend === 'wasm-threads' ? 2 : 1;
          const peakGflops = PEAK_GFLOPS[backend];
          const peakGbps = (bytes > 16e6 ? 33 : bytes > 1e6 ? 70 : 135) * (threads === 2 ? 1.45 : 1);
          const ceilingNs = Math.max(flops / peakGflops, bytes / peakGbps);
          // Starting threads costs 8 µs however little there is to do.
          const typical = ceilingNs / (share * (1 + 0.1 * random.normal())) + (threads === 2 ? 8000 : 50);
          const samplesNs = Array.from(
            { length: 20 },
            () => typical * (1 + 0.01 * Math.abs(random.normal())),
          );
          const sorted = [...samplesNs].sort((a, b) => a - b);
          const medianNs = (sorted[9]! + sorted[10]!) / 2;
          const { metric, tolerance } = subject.error;
          const value =
            (metric === 'ulp' && error < 1e-3 ? error / 2 ** -24 : error) * (0.9 + 0.2 * random.uniform());
          const own = value > tolerance ? 2 * error : tolerance;
          records.push({
            ...cell(id, subject.name, variant, backend, caseName, from, replicate, runtime),
            status: 'ok',
            error: {
              metric,
              value,
              tolerance: own,
              why: 'fixture',
              approximation: value > tolerance,
              coldValue: value,
              where: `index ${random.integer(4096)}: got 1, expected 1`,
              checks: 12,
            },
            time: {
              medianNs,
              ciLowNs: sorted[5]!,
              ciHighNs: sorted[14]!,
              minNs: sorted[0]!,
              p99Ns: sorted[19]!,
              samplesNs,
              batch: 16,
              processes: 1,
              coldNs: medianNs * 9,
              processMediansNs: [medianNs],
              engine: 'tinybench',
            },
            rate: { gflops: flops / medianNs, gbps: bytes / medianNs },
            roofline: {
              bound: flops / peakGflops > bytes / peakGbps ? 'compute' : 'memory',
              peakGflops,
              peakGbps,
              fraction: ceilingNs / medianNs,
              flops,
              bytes,
            },
            memory: {
              heapBytesPerOp: variant === 'online' ? 560 : 0,
              externalBytesPerOp: variant === 'naive' ? bytes / 3 : 0,
              method: 'fixture',
            },
          });
        }
      }
    }
  }
  return spoil(records);
}

/** What goes wrong in real runs. */
function spoil(records: readonly ZooRecord[]): ZooRecord[] {
  return records.map((record): ZooRecord => {
    const bare: ZooRecord = {
      ...record,
      error: undefined,
      time: undefined,
      rate: undefined,
      roofline: undefined,
      memory: undefined,
    };
    if (record.id === 'softmax/online@R=1,C=49152') {
      const error = {
        ...record.error!,
        value: 0.104,
        where: 'row 0, column 77, x = 12.5: got 0.2, expected 0.096',
      };
      return { ...record, status: 'wrong', error };
    }
    if (record.id === 'tanh/pade@L=1000000') {
      return {
        ...record,
        status: 'wrong',
        error: { ...record.error!, value: 'NaN', where: 'x = 710: got NaN, expected 1' },
      };
    }
    if (record.id === 'matmul/packed@M=1,N=49152,K=576') {
      return { ...bare, status: 'failed', reason: 'RuntimeError: memory access out of bounds' };
    }
    if (record.subject === 'dequant' && record.variant === 'webgpu') {
      return { ...bare, status: 'unsupported', reason: 'the adapter has no shader-f16' };
    }
    if (record.variant === 'parallel' && (record.subject === 'rope' || record.subject === 'gelu')) {
      const reason = `${record.host.runtime} has no SharedArrayBuffer here (a page must be cross-origin isolated)`;
      return { ...bare, status: 'unsupported', reason };
    }
    return record;
  });
}

function cell(
  id: string,
  subject: string,
  variant: string,
  backend: Backend,
  caseName: string,
  from: string,
  replicate: number,
  runtime: string,
) {
  return {
    schema: SCHEMA,
    id,
    subject,
    kind: 'kernel',
    variant,
    backend,
    case: caseName,
    from,
    suite: 'default',
    replicate,
    host: {
      runtime,
      version: '24.21.0',
      engine: 'v8',
      engineVersion: '13.6',
      cpu: 'Example CPU at 4.1 GHz',
      cores: 2,
      simd: true,
      relaxedSimd: true,
      threads: 2,
      flags: [],
      commit: 'abcdef0123456789',
      dirty: true,
      gpuAdapter: 'SwiftShader Device (LLVM 16)',
      gpuIsSoftware: true,
      noise: { spread: 0.015 + 0.002 * replicate },
    },
    at: `2026-01-0${replicate + 1}T12:00:00.000Z`,
  } satisfies Partial<ZooRecord>;
}
