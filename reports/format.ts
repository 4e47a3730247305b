/** Numbers for people: three significant digits and a unit that keeps them between 1 and 1000. Units are SI (k = 1000). */
import type { Row } from './rows.ts';

/** `0.0123`, `1.23`, `46.1`, `1536`: at least `n` significant digits, no exponent above 1e-4. */
export function digits(x: number, n = 3): string {
  if (x === 0 || !Number.isFinite(x)) return String(x);
  const rounded = Number(x.toPrecision(n));
  const exponent = Math.floor(Math.log10(Math.abs(rounded)));
  if (exponent < -4) return rounded.toExponential(n - 1);
  return exponent >= n ? String(Math.round(x)) : rounded.toFixed(n - 1 - exponent);
}

function scaled(x: number, units: readonly string[], step = 1000): string {
  let value = x;
  let i = 0;
  // What would round up to 1000 belongs to the next unit.
  while (i < units.length - 1 && Number(Math.abs(value).toPrecision(3)) >= step) {
    value /= step;
    i++;
  }
  return `${digits(value)} ${units[i]}`;
}

/** `12.3 µs` */
export function duration(ns: number): string {
  return scaled(ns, ['ns', 'µs', 'ms', 's']);
}

/** `1.57 kB`; whole bytes below 1000 that are whole stay whole. */
export function byteSize(bytes: number): string {
  if (Number.isInteger(bytes) && Math.abs(bytes) < 1000) return `${bytes} B`;
  return scaled(bytes, ['B', 'kB', 'MB', 'GB', 'TB']);
}

/** `1.81 G`: a count of operations. */
export function count(x: number): string {
  if (Math.abs(x) < 1000) return String(x);
  return scaled(x, ['', 'k', 'M', 'G', 'T']);
}

/** `43 %`, `4.3 %`, `0.043 %`: two digits are all that a share is good for. */
export function percent(fraction: number): string {
  return `${digits(100 * fraction, 2)} %`;
}

export function ratio(x: number): string {
  return `${digits(x)}×`;
}

/** Of a ratio of times: `+5.1 %`, it takes so much longer. Nothing below a hundredth of a percent. */
export function change(ratio: number): string {
  return `${ratio >= 1 ? '+' : '−'}${digits(Number((100 * Math.abs(ratio - 1)).toFixed(2)))} %`;
}

/** Largest distance of the interval's ends from the median, relative to it: `±1.2 %`. */
export function spread(row: Row): string {
  if (row.medianNs === undefined || row.lowNs === undefined || row.highNs === undefined) return '';
  const half = Math.max(row.highNs - row.medianNs, row.medianNs - row.lowNs);
  return `±${percent(half / row.medianNs)}`;
}

/** Behind a time: `~` it never became steady, `2` it has two modes. */
export function marks(row: Row): string {
  return `${row.steady === false ? '~' : ''}${row.bimodal ? '2' : ''}`;
}

/** `86 % memory`; nothing for a software GPU, whose ceiling says as little as its speed. */
export function peakText(row: Row): string {
  if (row.fractionOfPeak === undefined || row.softwareGpu) return '';
  const share = row.impossible ? '> 100 %: see below' : percent(Math.min(1, row.fractionOfPeak));
  return row.impossible ? share : `${share} ${row.bound ?? ''}`.trim();
}

/** `46.1 GFLOP/s`, `12.3 MB/s` */
export function rateText(rate: number, unit: string): string {
  return unit === 'B/s' ? `${byteSize(rate)}/s` : `${digits(rate)} ${unit}`;
}

/** `1.2e-7`, `2.6`, `0`, `Infinity`: plain where that is as short. */
export function errorText(value: number | string, significant = 2): string {
  if (typeof value === 'string') return value;
  if (value === 0) return '0';
  if (value >= 0.01 && value < 1000) return String(Number(value.toPrecision(significant)));
  return value.toExponential(significant - 1).replace(/\.?0*e\+?/, 'e');
}
