import { expect, it } from 'vitest';
import type { FromCell } from '../protocol.ts';
import type { HostInfo } from '../record.ts';
import { watchFromOutside } from './outside.ts';

it('what the hypervisor took from where the samples begin is in the result: 20 of 100 ticks are 20 %', () => {
  let ticks = [0, 0];
  const read = (path: string) =>
    path === '/proc/stat' ? `cpu  ${ticks[0]} 0 0 1000 0 0 0 ${ticks[1]} 0 0\n` : undefined;
  const said: FromCell[] = [];
  const say = watchFromOutside((message) => said.push(message), read);
  const host = { runtime: 'chromium' } as HostInfo;
  ticks = [500, 400];
  say({ kind: 'step', cell: 0, step: 'measuring' });
  ticks = [580, 420];
  say({ kind: 'result', cell: 0, result: { status: 'ok', host } });
  expect(said[1]).toMatchObject({ result: { host: { noise: { steal: expect.closeTo(0.2, 9) } } } });
  // A cell that was not timed has none.
  say({ kind: 'result', cell: 1, result: { status: 'unsupported', host } });
  expect(said[2]).toEqual({ kind: 'result', cell: 1, result: { status: 'unsupported', host } });
});
