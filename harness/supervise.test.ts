/** What becomes of cells whose page crashes, by a lane that does as it is told. */
import { expect, it } from 'vitest';
import type { Cell, Group } from './plan.ts';
import { BROWSER_GONE, type CellResult, CRASHED, type ToCell } from './protocol.ts';
import type { HostInfo } from './record.ts';
import type { Lane } from './runtimes/runtime.ts';
import { measureGroup } from './supervise.ts';

const STUCK = 'stuck';
const ACCUSED = 'accused';
const AGAIN = 'its page crashed, or was never ready, at the first try, and not at the second';
const host = { runtime: 'webkit' } as HostInfo;
const leaky: CellResult = { status: 'failed', reason: 'leaks', host };
const cell = (name: string): Cell => ({
  ...{
    id: `k/v@${name}`,
    subject: 'k',
    kind: 'kernel',
    variant: 'v',
    backend: 'js',
    case: name,
    from: 'test',
  },
  shape: {},
});

/**
 * Each start measures its cells as long as the next of `ends` is not a crash; STUCK gives no answer while preparing, ACCUSED a suspicion.
 */
async function measured(names: string[], ends: string[], runtime = 'webkit'): Promise<string[]> {
  const lane: Lane = {
    start(message: ToCell, events) {
      const { group } = (message as Extract<ToCell, { kind: 'measure' }>).job;
      queueMicrotask(() => {
        for (const index of group.cells.keys()) {
          const end = ends.shift() ?? 'ok';
          if (end === STUCK) return events.onMessage({ kind: 'step', cell: index, step: 'preparing' });
          if (end === ACCUSED)
            events.onMessage({ kind: 'result', cell: index, result: leaky, suspected: true });
          else if (end !== 'ok') return events.onExit(end);
          else events.onMessage({ kind: 'result', cell: index, result: { status: 'ok', host } });
        }
        events.onMessage({ kind: 'done' });
        events.onExit('ended');
      });
      return { kill: () => events.onExit('was killed') };
    },
  };
  const group = {
    subject: 'k',
    variant: 'v',
    backend: 'js',
    runtime,
    cells: names.map(cell),
  } as Group;
  const said: string[] = [];
  const emit = ({ case: name }: Cell, { status, reason, notes }: CellResult) =>
    said.push([name, status, reason, ...(notes ?? [])].filter(Boolean).join(' '));
  const job = { budget: { limitMs: 20 } } as Parameters<typeof measureGroup>[1];
  await measureGroup(lane, job, group, host, {}, emit);
  return said;
}

it('measures a cell again whose page crashed, alone or with its browser, and says so', async () => {
  for (const how of [CRASHED, BROWSER_GONE])
    expect(await measured(['a', 'b'], ['ok', how])).toEqual(['a ok', `b ok ${AGAIN}`]);
});

it('fails a cell whose page crashed twice, and goes on behind it', async () => {
  expect(await measured(['a', 'b'], [CRASHED, CRASHED])).toEqual([
    'a failed its process crashed while starting',
    'b ok',
  ]);
});

it('does not repeat what ended otherwise', async () => {
  expect(await measured(['a', 'b'], ['exited with code 1'])).toEqual([
    'a failed its process exited with code 1 while starting',
    'b ok',
  ]);
});

it('measures a cell again whose page was never ready, once', async () => {
  expect(await measured(['a', 'b'], [STUCK, 'ok', 'ok'])).toEqual([`a ok ${AGAIN}`, 'b ok']);
  const failed = 'a failed no answer within 0.02 s while preparing';
  expect(await measured(['a', 'b'], [STUCK, STUCK])).toEqual([failed, 'b ok']);
  expect(await measured(['a', 'b'], [STUCK], 'node')).toEqual([failed, 'b ok']);
});

it('asks a fresh process about what one accuses, and believes that', async () => {
  const cleared = 'a first process accused it (leaks), and this one did not';
  expect(await measured(['a', 'b'], [ACCUSED])).toEqual(['b ok', `a ok ${cleared}`]);
  expect(await measured(['a', 'b'], [ACCUSED, 'ok', ACCUSED])).toEqual(['b ok', 'a failed leaks']);
  expect(await measured(['a'], [ACCUSED, 'exited with code 1'])).toEqual([
    'a failed its process exited with code 1 while starting',
  ]);
});
