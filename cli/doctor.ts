import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { buildWasm } from '../harness/build-wasm.ts';
import { bestOf, type PeakName, type PeakSet, type Resource } from '../harness/roofline/peaks.ts';
import { howToGetAdapter } from '../harness/runtimes/gpu.ts';
import { MEASURING_FLAGS, nodeBinary, startProcessCell } from '../harness/runtimes/process.ts';
import { findProgram } from '../harness/runtimes/programs.ts';
import { findWebkit } from '../harness/runtimes/webkit-programs.ts';
import { judgeTwins, measureTwins, PROCESSES } from '../harness/self/self-test.ts';
import { median } from '../harness/stats/median.ts';
import type { Share } from '../harness/stats/share.ts';
import { probe } from '../harness/supervise.ts';
import { ENGINES, type Engine } from '../harness/timing/sample.ts';
import { REVECTORIZE } from '../kernels/lib/wasm.ts';
import { duration } from '../reports/format.ts';
import { peaksText, size } from '../reports/peaks.ts';
import { plainTable } from '../reports/text.ts';
import { measure } from './measure.ts';
import { positive } from './selection.ts';

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
    .option('--self-test', 'how often identical kernels are called different; 1 % is the goal')
    .option('--minutes <n>', 'how long the self-test measures', positive, 3)
    .option(
      '--peaks',
      'the peaks of this machine: arithmetic by back end and type, bandwidth by level and threads',
    )
    .action(
      async (options: { crossCheck?: boolean; selfTest?: boolean; peaks?: boolean; minutes: number }) => {
        if (options.selfTest) await selfTest(options.minutes);
        else if (options.peaks) await printPeaks();
        else await (options.crossCheck ? crossCheck() : checkUp());
      },
    );
}

/** Of comparisons of identical kernels that may name a difference, and of the effect of their order. */
const GOAL = 0.01;

async function selfTest(minutes: number): Promise<void> {
  process.stderr.write(`comparing identical kernels under two names for ${minutes} min…\n`);
  const started = Date.now();
  await buildWasm();
  const folder = mkdtempSync(join(tmpdir(), 'zoo-self-test-'));
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt);
  const ms = minutes * 60_000 - (Date.now() - started);
  const records = await measureTwins(join(folder, 'twins.jsonl'), Math.max(ms, 1), stop.signal);
  process.off('SIGINT', interrupt);
  rmSync(folder, { recursive: true });
  const { different, relabelled, found, order, problems } = judgeTwins(records);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (different.of === 0) {
    process.stderr.write('no comparison was complete: give it more --minutes\n');
    process.exitCode = EXIT_INCONCLUSIVE;
    return;
  }
  const share = ({ hits, of }: Share) => `${hits} of ${of} (${((100 * hits) / of).toFixed(1)} %)`;
  const lines = [
    `identical kernels called different: ${share(different)}, goal at most 1 %; ${PROCESSES} fresh processes a side`,
    `with the names swapped in every set of rounds: ${share(relabelled)}, of the same processes`,
    `a slowdown of 5 %, multiplied into one side, found: ${share(found)}`,
  ];
  if (order) {
    const percent = (ratio: number) => `${((ratio - 1) * 100).toFixed(2)} %`;
    lines.push(
      `measured second instead of first: ${percent(order.ratio)} (95 % interval ${percent(order.low)} to ${percent(order.high)}), goal at most 1 %`,
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  // One false call in few comparisons says little: the relabelled ones, which are many, decide with them.
  const worst = Math.max(different.hits / different.of, relabelled.hits / relabelled.of);
  if (worst > GOAL || (order && (order.low > 1 + GOAL || order.high < 1 - GOAL)))
    process.exitCode = EXIT_MISSED;
  else if (order && Math.abs(order.ratio - 1) > GOAL) {
    process.stderr.write(
      'the machine was too busy to tell the effect of order from noise: give it more --minutes\n',
    );
    process.exitCode = EXIT_INCONCLUSIVE;
  }
}

const EXIT_MISSED = 1;
const EXIT_INCONCLUSIVE = 3;

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
    const shown = [16 << 10, 512 << 10, 4 << 20, 128 << 20];
    const read = (peak.bandwidth.read ?? [])
      .filter(({ bytes }) => resource === 'webgpu' || shown.includes(bytes))
      .map(({ bytes, gbps }) => `${gbps.toFixed(gbps < 10 ? 1 : 0)} GB/s in ${size(bytes)}`)
      .join(', ');
    const rate = peak.rates.fma ?? peak.rates['mul+add'] ?? peak.rates.f32 ?? peak.rates.js;
    lines.push([name, `${rate?.toFixed(1)} GFLOP/s (float32 multiply-add); reads ${read}`]);
  }
  const software = host.gpuIsSoftware
    ? ' (a software adapter: good for accuracy, its times say nothing about a GPU)'
    : '';
  lines.push([
    'WebGPU',
    host.gpuAdapter !== undefined
      ? `${host.gpuAdapter || 'an adapter without a name'}${software}; ${host.gpuFeatures?.join(', ') || 'no optional features'}`
      : `no adapter: ${howToGetAdapter('node')}`,
  ]);
  lines.push([
    'chromium',
    findProgram('chromium') ??
      'none: `apt-get install chromium`, or name one in CHROME_PATH (tests of the report need it)',
  ]);
  lines.push([
    'firefox',
    findProgram('firefox') ?? 'none: `apt-get install firefox-esr`, or name one in FIREFOX_PATH',
  ]);
  const webkit = findWebkit();
  lines.push(['webkit', 'driver' in webkit ? webkit.driver : `none: ${webkit.missing}`]);
  for (const [name, value] of lines) process.stdout.write(`${name.padEnd(20)} ${value}\n`);
}

/** Of two measurements, the better; and of one with the engine's 256-bit operations, where it has them. */
async function printPeaks(): Promise<void> {
  process.stderr.write('building WASM modules and measuring peaks…\n');
  await buildWasm();
  const { host, peaks } = await probeNode(['single', 'threads', 'webgpu']);
  const again = await probeNode(['single', 'threads']);
  let best = bestOf(peaks, again.peaks);
  if (host.relaxedSimd) {
    // An engine that does not know the flag does not start.
    const wide = await probeNode(['single', 'threads'], [REVECTORIZE]).catch(() => undefined);
    if (wide) best = bestOf(best, only(wide.peaks, 'fma 256'));
  }
  process.stdout.write(peaksText(best, host));
  if (host.gpuIsSoftware)
    process.stdout.write('WebGPU: a software adapter, whose peaks are those of no GPU\n');
}

/** @param more flags of the engine beside those that measuring processes have */
function probeNode(resources: readonly Resource[], more: readonly string[] = []) {
  const flags = [...MEASURING_FLAGS, ...more];
  return probe({ start: (message, events) => startProcessCell(message, events, { flags }) }, resources);
}

/** The other peaks of a process with other flags are those of another environment. */
function only(set: PeakSet, name: PeakName): PeakSet {
  return Object.fromEntries(
    Object.entries(set).map(([resource, { rates }]) => [
      resource,
      { rates: rates[name] === undefined ? {} : { [name]: rates[name] }, bandwidth: {} },
    ]),
  );
}

/** Rounds of both engines: what remains then is a difference of method, not of minute. */
const ROUNDS = 3;

/** Measures the same cells with both engines, in turns of fresh processes, and prints how far their medians are apart. */
async function crossCheck(): Promise<void> {
  const medians = new Map<string, Record<Engine, number[]>>();
  const folder = mkdtempSync(join(tmpdir(), 'zoo-cross-check-'));
  for (let round = 0; round < ROUNDS; round++) {
    for (const engine of ENGINES) {
      const recordsFile = join(folder, `${engine}-${round}.jsonl`);
      const { records } = await measure(
        CROSS_CHECK.selectors,
        { engine, suite: CROSS_CHECK.suite },
        { recordsFile },
      );
      for (const { id, status, reason, time } of records) {
        const entry = medians.get(id) ?? { tinybench: [], benchmarkjs: [] };
        medians.set(id, entry);
        if (time) entry[engine].push(time.medianNs);
        else process.stderr.write(`${id} with ${engine}: ${status}: ${reason}\n`);
      }
    }
  }
  rmSync(folder, { recursive: true });

  const lines: string[][] = [];
  const ratios: number[] = [];
  for (const [id, { tinybench, benchmarkjs }] of medians) {
    if (tinybench.length === 0 || benchmarkjs.length === 0) continue;
    const [a, b] = [median(tinybench), median(benchmarkjs)];
    ratios.push(b / a);
    lines.push([id, duration(a), duration(b), (b / a).toFixed(3)]);
  }
  if (ratios.length === 0) {
    process.exitCode = 4;
    return;
  }
  const head = ['cell', 'tinybench', 'benchmark.js', 'ratio'];
  const table = plainTable(head, lines, ['left', 'right', 'right', 'right']);
  const farthest = ratios.reduce((a, b) => (Math.abs(Math.log(b)) > Math.abs(Math.log(a)) ? b : a));
  process.stdout.write(
    `${table}\nbenchmark.js ÷ tinybench: median ${median(ratios).toFixed(3)}, farthest from 1: ${farthest.toFixed(3)} (${ratios.length} cells, ${ROUNDS} processes each)\n`,
  );
}
