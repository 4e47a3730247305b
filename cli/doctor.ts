import Table from 'cli-table3';
import type { Command } from 'commander';
import { findBrowser } from '../harness/browser.ts';
import { buildWasm } from '../harness/build-wasm.ts';
import type { ZooRecord } from '../harness/record.ts';
import { probeNode } from '../harness/run.ts';
import { nodeBinary } from '../harness/runtimes/node.ts';
import { median } from '../harness/stats/median.ts';
import { measure } from './measure.ts';

/** Cells of the cross-check: nanoseconds to milliseconds, JavaScript, WASM and threads. */
const CROSS_CHECK = {
  selectors: [
    'softmax/blocked',
    'softmax/simd',
    'tanh/pade',
    'rmsnorm/blocked',
    'rmsnorm/simd',
    'matmul/simd',
    'rope/parallel',
  ],
  suite: 'default',
};

export function register(program: Command): void {
  program
    .command('doctor')
    .description('what this machine and its runtimes can do, what is missing, and the command that brings it')
    .option('--cross-check', 'how far tinybench and benchmark.js disagree on a fixed set of cells')
    .action(async (options: { crossCheck?: boolean }) => {
      await (options.crossCheck ? crossCheck() : checkUp());
    });
}

async function checkUp(): Promise<void> {
  process.stderr.write('building WASM modules and measuring peaks…\n');
  await buildWasm();
  const { host, peaks } = await probeNode(['single', 'threads', 'webgpu']);
  const lines: [string, string][] = [
    [
      'node',
      `${host.version} (V8 ${host.engineVersion}), ${nodeBinary() === process.execPath ? 'the one that runs this' : 'pinned'}`,
    ],
    ['processor', `${host.cpu}, ${host.cores} cores; threaded variants use ${host.threads} threads`],
    ['WASM SIMD', host.simd ? 'yes' : 'no: every wasm cell will be unsupported'],
    ['WASM relaxed SIMD', host.relaxedSimd ? 'yes' : 'no: needs Node 22 or later'],
  ];
  for (const [name, resource] of [
    ['peak of one thread', 'single'],
    [`peak of ${host.threads} threads`, 'threads'],
    ['peak of WebGPU', 'webgpu'],
  ] as const) {
    const peak = peaks[resource];
    if (!peak) continue;
    const read = peak.read.map(({ bytes, gbps }) => `${gbps.toFixed(0)} GB/s in ${size(bytes)}`).join(', ');
    lines.push([name, `${peak.gflops.toFixed(1)} GFLOP/s (float32 multiply-add); reads ${read}`]);
  }
  const software = host.gpuIsSoftware
    ? ' (a software adapter: good for accuracy, its times say nothing about a GPU)'
    : '';
  lines.push([
    'WebGPU',
    host.gpuAdapter !== undefined
      ? `${host.gpuAdapter || 'an adapter without a name'}${software}`
      : 'no adapter: `apt-get install chromium libvulkan1` brings a software one; a GPU needs its Vulkan driver',
  ]);
  const browser = findBrowser();
  lines.push([
    'browser',
    browser ?? 'none: `apt-get install chromium`, or name one in CHROME_PATH (tests of the report need it)',
  ]);
  for (const [name, value] of lines) process.stdout.write(`${name.padEnd(20)} ${value}\n`);
}

function size(bytes: number): string {
  return bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MiB` : `${bytes / 2 ** 10} KiB`;
}

/**
 * Measures the same cells with both engines, in turns of fresh processes, and prints how far their medians are apart. What
 * remains when each has been measured three times is a difference of method, not of minute.
 */
async function crossCheck(): Promise<void> {
  const rounds = 3;
  const medians = new Map<string, { tinybench: number[]; benchmarkjs: number[] }>();
  for (let i = 0; i < rounds; i++) {
    for (const engine of ['tinybench', 'benchmarkjs'] as const) {
      const { records } = await measure(CROSS_CHECK.selectors, { engine, suite: CROSS_CHECK.suite });
      for (const record of records) remember(medians, record, engine);
    }
  }
  const table = new Table({
    head: ['cell', 'tinybench', 'benchmark.js', 'ratio'],
    style: { head: [], border: [] },
  });
  const ratios: number[] = [];
  for (const [id, { tinybench, benchmarkjs }] of medians) {
    if (tinybench.length === 0 || benchmarkjs.length === 0) continue;
    const [a, b] = [median(tinybench), median(benchmarkjs)];
    ratios.push(b / a);
    table.push([id, `${(a / 1e3).toFixed(2)} µs`, `${(b / 1e3).toFixed(2)} µs`, (b / a).toFixed(3)]);
  }
  const worst = ratios.reduce((a, b) => (Math.abs(Math.log(b)) > Math.abs(Math.log(a)) ? b : a), 1);
  process.stdout.write(`${table.toString()}\n`);
  process.stdout.write(
    `benchmark.js ÷ tinybench: median ${median(ratios).toFixed(3)}, farthest from 1: ${worst.toFixed(3)} (${ratios.length} cells, ${rounds} processes each)\n`,
  );
}

function remember(
  medians: Map<string, { tinybench: number[]; benchmarkjs: number[] }>,
  record: ZooRecord,
  engine: 'tinybench' | 'benchmarkjs',
): void {
  if (record.status !== 'ok' || !record.time) {
    process.stderr.write(`${record.id}: ${record.status}: ${record.reason}\n`);
    return;
  }
  const entry = medians.get(record.id) ?? { tinybench: [], benchmarkjs: [] };
  entry[engine].push(record.time.medianNs);
  medians.set(record.id, entry);
}
