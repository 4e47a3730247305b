/** Bars that grow while records come in: for each case one for each variant, as long as it is fast. */
import { usesGpu } from '../../kernels/lib/peer.ts';
import { type RateUnit, rateUnit } from '../rate.ts';
import type { ZooRecord } from '../record.ts';
import { byId, element } from './dom.ts';

interface Row {
  readonly item: HTMLElement;
  /** Median of each process, in nanoseconds. */
  readonly times: number[];
  /** The last one that has a time. */
  timed?: ZooRecord;
}

export class Results {
  /** By case, then by variant. */
  readonly #charts = new Map<string, Map<string, Row>>();

  constructor() {
    byId('charts').replaceChildren();
  }

  add(record: ZooRecord): void {
    const name = `${record.subject} ${record.case}`;
    const rows = this.#charts.get(name) ?? this.#newChart(name);
    const row = rows.get(record.variant) ?? newRow(name, rows, record.variant);
    if (record.status === 'ok' && record.time) {
      row.times.push(record.time.medianNs);
      row.timed = record;
    } else {
      row.timed = undefined;
      const text = `${record.status}: ${record.reason ?? 'no reason given'}`;
      const className = record.status === 'unsupported' ? 'said muted' : 'said bad';
      row.item.replaceChildren(variantName(record), element('span', { className }, text));
    }
    draw([...rows.values()]);
  }

  #newChart(name: string): Map<string, Row> {
    const rows = new Map<string, Row>();
    this.#charts.set(name, rows);
    byId('charts').append(element('h3', {}, name), element('ol', { className: 'bars', id: `chart ${name}` }));
    return rows;
  }
}

function newRow(chart: string, rows: Map<string, Row>, variant: string): Row {
  const row: Row = { item: element('li'), times: [] };
  rows.set(variant, row);
  byId(`chart ${chart}`).append(row.item);
  return row;
}

/** All of a case, as a new record may change the width and the unit of the others; the fastest has the whole width. */
function draw(rows: readonly Row[]): void {
  const timed = rows.flatMap(({ item, times, timed }) =>
    timed ? [{ item, timed, ns: typical(times) }] : [],
  );
  const unit = rateUnit(timed.map((row) => row.timed));
  const fastest = Math.min(...timed.map(({ ns }) => ns));
  for (const { item, timed: record, ns } of timed) {
    item.replaceChildren(...bar(record, ns, fastest / ns, unit));
  }
}

function bar(record: ZooRecord, ns: number, share: number, unit: RateUnit | undefined): HTMLElement[] {
  const filled = element('span', { className: `bar ${record.backend}` });
  filled.style.inlineSize = `${100 * share}%`;
  const track = element('span', { className: 'track' }, filled);
  track.ariaHidden = 'true';
  const remarks = [
    ...(record.error?.approximation ? ['approximation'] : []),
    ...(isSoftware(record) ? ['software GPU'] : []),
    ...(record.noisy === undefined ? [] : [record.noisy]),
  ];
  const value = [[duration(ns), ...rate(record, ns, unit)].join(', '), ...remarks].join('; ');
  return [variantName(record), track, element('span', { className: 'value' }, value)];
}

function variantName({ variant }: ZooRecord): HTMLElement {
  return element('span', { className: 'variant' }, variant);
}

function isSoftware(record: ZooRecord): boolean {
  return usesGpu(record) && record.host.gpuIsSoftware === true;
}

/** Geometric mean, as in the tables. */
function typical(times: readonly number[]): number {
  return Math.exp(times.reduce((sum, ns) => sum + Math.log(ns), 0) / times.length);
}

function duration(ns: number): string {
  if (ns < 1e3) return `${ns.toPrecision(3)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toPrecision(3)} µs`;
  if (ns < 1e9) return `${(ns / 1e6).toPrecision(3)} ms`;
  return `${(ns / 1e9).toPrecision(3)} s`;
}

/** That of the last record, scaled to the time of all. */
function rate({ rate: found, time }: ZooRecord, ns: number, unit: RateUnit | undefined): string[] {
  const last = unit && found?.[unit.key];
  return last === undefined ? [] : [`${((last * time!.medianNs) / ns).toPrecision(3)} ${unit!.unit}`];
}
