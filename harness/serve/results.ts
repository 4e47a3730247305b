/** Bars that grow while records come in: for each case one for each variant, as long as it is fast. */
import type { ZooRecord } from '../record.ts';
import { byId, element } from './dom.ts';

interface Row {
  readonly item: HTMLElement;
  /** Median of each process, in nanoseconds. */
  readonly times: number[];
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
      row.item.replaceChildren(...bar(record, typical(row.times)));
    } else {
      const text = `${record.status}: ${record.reason ?? 'no reason given'}`;
      const className = record.status === 'unsupported' ? 'said muted' : 'said bad';
      row.item.replaceChildren(variantName(record), element('span', { className }, text));
    }
    scale(rows);
  }

  #newChart(name: string): Map<string, Row> {
    const rows = new Map<string, Row>();
    this.#charts.set(name, rows);
    byId('charts').append(element('h3', {}, name), element('ol', { className: 'bars', id: `chart ${name}` }));
    return rows;
  }
}

function newRow(chart: string, rows: Map<string, Row>, variant: string): Row {
  const row = { item: element('li'), times: [] };
  rows.set(variant, row);
  byId(`chart ${chart}`).append(row.item);
  return row;
}

function bar(record: ZooRecord, ns: number): HTMLElement[] {
  const track = element(
    'span',
    { className: 'track' },
    element('span', { className: `bar ${record.backend}` }),
  );
  track.ariaHidden = 'true';
  const remarks = [
    ...(record.error?.approximation ? ['approximation'] : []),
    ...(isSoftware(record) ? ['software GPU'] : []),
    ...(record.noisy === undefined ? [] : [record.noisy]),
  ];
  const value = [`${duration(ns)}, ${rate(record, ns)}`, ...remarks].join('; ');
  return [variantName(record), track, element('span', { className: 'value' }, value)];
}

function variantName({ variant }: ZooRecord): HTMLElement {
  return element('span', { className: 'variant' }, variant);
}

function isSoftware({ backend, host }: ZooRecord): boolean {
  return backend === 'webgpu' && host.gpuIsSoftware === true;
}

/** The fastest has the whole width. */
function scale(rows: Map<string, Row>): void {
  const timed = [...rows.values()].filter(({ times }) => times.length > 0);
  const fastest = Math.min(...timed.map(({ times }) => typical(times)));
  for (const { item, times } of timed) {
    const shown = item.querySelector<HTMLElement>('.bar');
    if (shown) shown.style.inlineSize = `${(100 * fastest) / typical(times)}%`;
  }
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

/** By what binds the cell; where no peak is known, by what it moves. */
function rate({ roofline, rate: found, time }: ZooRecord, ns: number): string {
  const scaled = (value = 0) => ((value * time!.medianNs) / ns).toPrecision(3);
  if (roofline?.bound === 'compute') return `${scaled(found?.gflops)} GFLOP/s`;
  return `${scaled(found?.gbps)} GB/s`;
}
