/** The collections of a window as text. */
import type { GcEvent } from './capture.ts';
import { columns } from './frames.ts';
import type { Window } from './protocol.ts';

/** Lines of the timeline before the rest is only counted. */
const MANY = 30;

/** Sums of each kind, what they are in 1000 calls, and the timeline. Ends with a newline. */
export function gcText(events: readonly GcEvent[], { calls, ms }: Window): string {
  if (events.length === 0) return 'no collection within the window\n';
  const kinds = [...new Set(events.map(({ kind }) => kind))];
  const sums = kinds.map((kind) => {
    const own = events.filter((event) => event.kind === kind);
    const spent = own.reduce((sum, event) => sum + event.ms, 0);
    return [
      String(own.length),
      spent.toFixed(2),
      String(Number(((1000 * own.length) / calls).toPrecision(3))),
      String(Number(((1000 * spent) / calls).toPrecision(3))),
      `${((100 * spent) / ms).toFixed(2)} %`,
      Math.max(...own.map((event) => event.ms)).toFixed(2),
      kind,
    ];
  });
  const head = ['number', 'ms', 'in 1000 calls', 'ms in 1000 calls', 'of the time', 'longest ms', 'kind'];
  const timeline = events
    .slice(0, MANY)
    .map((event) => [event.atMs.toFixed(1), event.ms.toFixed(3), event.kind]);
  const more = events.length > MANY ? `${events.length - MANY} more\n` : '';
  return `${columns([head, ...sums])}\n${columns([['at ms', 'ms', 'kind'], ...timeline])}${more}`;
}
