/** Two processes that take turns, by a lane that does as it is told; and what a pair of their samples says. */
import { expect, it } from 'vitest';
import { logRatio, measurePairs, type PairedCell, SIDES } from './pairs.ts';
import type { Cell, Group } from './plan.ts';
import type { ToCell } from './protocol.ts';
import type { HostInfo, TimeSummary } from './record.ts';
import type { CellEvents, Lane } from './runtimes/runtime.ts';

const host = { runtime: 'node' } as HostInfo;
const cell: Cell = {
  ...{ id: 'k/v@c', subject: 'k', kind: 'kernel', variant: 'v', backend: 'js', case: 'c', from: 'test' },
  shape: {},
};
const group = { subject: 'k', variant: 'v', backend: 'js', runtime: 'node', cells: [cell] } as Group;

function timeOf(samplesNs: number[], turns?: number[]): TimeSummary {
  return {
    medianNs: samplesNs[samplesNs.length >> 1]!,
    samplesNs,
    ...(turns ? { turns } : {}),
  } as TimeSummary;
}

/** A process that works for `workMs` in each of its turns, says so `beats` times, and writes down when. */
function laneOf(
  workMs: number,
  ends: (turn: number) => 'asks' | 'dies' | 'is done',
  log: string[],
  beats = 1,
): Lane {
  let started = 0;
  return {
    takesTurns: true,
    start(message: ToCell, events: CellEvents) {
      const name = `process ${started++}`;
      const { job } = message as Extract<ToCell, { kind: 'measure' }>;
      expect(job.turns).toBe(true);
      let turn = 0;
      const work = () => {
        log.push(`${name} starts`);
        let left = beats;
        const beat = () => {
          events.onMessage({ kind: 'step', cell: 0, step: 'measuring' });
          if (--left > 0) return setTimeout(beat, workMs / beats);
          log.push(`${name} stops`);
          const end = ends(turn++);
          if (end === 'asks') return events.onMessage({ kind: 'turn' });
          if (end === 'dies') return events.onExit('exited with code 1');
          events.onMessage({ kind: 'result', cell: 0, result: { status: 'ok', host, time: timeOf([turn]) } });
          events.onMessage({ kind: 'done' });
          events.onExit('ended');
        };
        setTimeout(beat, workMs / beats);
      };
      work();
      return { kill: () => events.onExit('was killed'), go: work };
    },
  };
}

async function pairsOf(lane: Lane, limitMs: number, pairs = 1): Promise<PairedCell> {
  const files = { kernels: [], variants: [] };
  const budget = { sampleMs: 1, warmupMs: 1, minSamples: 1, processes: 1, limitMs };
  const [pair] = await measurePairs([group], {
    ...{ files: { base: files, candidate: files }, lane, host, budget, onResult() {} },
    ...{ needsBytes: () => false, next: (cells, round) => (round + 1 < pairs ? cells : []) },
  });
  return pair!;
}

it('lets one process work at a time, each in its turn', async () => {
  const log: string[] = [];
  const { logRatios } = await pairsOf(
    laneOf(1, (turn) => (turn < 3 ? 'asks' : 'is done'), log),
    1000,
  );
  expect(logRatios).toEqual([0]);
  const turns = log.filter((_, i) => i % 2 === 0).map((text) => text.split(' ')[1]);
  expect(turns).toEqual(['0', '1', '0', '1', '0', '1', '0', '1']);
  // Nothing between a start and its stop.
  for (let i = 0; i < log.length; i += 2) expect(log[i + 1]).toBe(log[i]!.replace('starts', 'stops'));
});

it('does not count the turns of one against the time limit of the other', async () => {
  // Who works gives a sign of life every 60 ms; who waits for the other's turn of 360 ms gives none within the limit of 300 ms.
  const { results } = await pairsOf(
    laneOf(360, (turn) => (turn < 2 ? 'asks' : 'is done'), [], 6),
    300,
  );
  expect(SIDES.map((side) => results[side].map(({ status }) => status))).toEqual([['ok'], ['ok']]);
});

it('goes on where the other has died', async () => {
  let died = false;
  const { results, logRatios } = await pairsOf(
    laneOf(
      1,
      (turn) => {
        if (turn < 2) return 'asks';
        if (died) return 'is done';
        died = true;
        return 'dies';
      },
      [],
    ),
    1000,
  );
  const statuses = SIDES.map((side) => results[side][0]!.status);
  expect(statuses.toSorted()).toEqual(['failed', 'ok']);
  expect(logRatios).toEqual([]);
});

it('gives both of a pair the same inputs, and the next pair others', async () => {
  const seeds: string[] = [];
  const lane: Lane = {
    takesTurns: true,
    start(message, events) {
      seeds.push((message as Extract<ToCell, { kind: 'measure' }>).job.seed);
      setTimeout(() => {
        events.onMessage({ kind: 'result', cell: 0, result: { status: 'ok', host, time: timeOf([1]) } });
        events.onMessage({ kind: 'done' });
        events.onExit('ended');
      });
      return { kill() {} };
    },
  };
  await pairsOf(lane, 1000, 2);
  expect(seeds.length).toBe(4);
  expect(seeds[0]).toBe(seeds[1]);
  expect(seeds[2]).toBe(seeds[3]);
  expect(seeds[0]).not.toBe(seeds[2]);
});

it('compares turn with turn, so that a spell that was slow for both changes nothing', () => {
  // The candidate takes 1.1 times as long; turns 2 to 4 of 6 are three times as slow. Medians of all: 1.1, or 3.3, or a third of it.
  const slow = [1, 3, 3, 3, 1, 1];
  const side = (ns: number) =>
    timeOf(
      slow.flatMap((times) => [ns * times, ns * times]),
      slow.map(() => 2),
    );
  expect(logRatio(side(100), side(110))).toBeCloseTo(Math.log(1.1), 12);
});

it('leaves out turns that count as warm-up on one side', () => {
  const base = timeOf([100, 100, 100, 100], [1, 1, 1, 1, 0]);
  const candidate = timeOf([500, 200, 200, 200], [0, 1, 1, 1, 1]);
  // Three turns in common, which is too few: medians. With one more they are turn by turn.
  expect(logRatio(base, candidate)).toBeCloseTo(Math.log(2), 12);
  const more = (time: TimeSummary, last: number) =>
    timeOf([...time.samplesNs, last, last], [...time.turns!, 1, 1]);
  expect(logRatio(more(base, 300), more(candidate, 300))).toBeCloseTo(Math.log(2), 12);
});
