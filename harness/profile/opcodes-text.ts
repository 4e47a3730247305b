/** What a module's instructions say, as text. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import type { Cell } from '../plan.ts';
import { ROOT } from '../root.ts';
import { columns } from './frames.ts';
import type { FunctionOpcodes } from './wasm-opcodes.ts';

/** Functions in the table before the rest is only counted. */
const MANY = 20;

/** Whole-number dot products: what int8 kernels are made of. */
const INT8_DOT = [
  'i32x4.dot_i16x8_s',
  'i16x8.relaxed_dot_i8x16_i7x16_s',
  'i32x4.relaxed_dot_i8x16_i7x16_add_s',
];

/** The modules of a cell. @throws UsageError for a variant that has none */
export function modulesOf({ subject, variant, backend }: Cell): string[] {
  if (backend !== 'wasm' && backend !== 'wasm-threads') {
    throw new UsageError(`${subject}/${variant} is ${backend}: it has no WASM module`);
  }
  const shared = backend === 'wasm-threads' ? '.shared' : '';
  const stem = variant.replace(/-threads$/, '');
  const file = [stem, 'simd']
    .map((name) => join('kernels', subject, `${name}${shared}.wasm`))
    .find((name) => existsSync(join(ROOT, name)));
  if (!file) throw new UsageError(`no module of ${subject}/${variant} is known: name its .wasm file`);
  return [join(ROOT, file)];
}

export function totals(functions: readonly FunctionOpcodes[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { simd } of functions) for (const [name, n] of simd) sums.set(name, (sums.get(name) ?? 0) + n);
  return new Map([...sums].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
}

/** Only what the counts prove. */
export function hints(functions: readonly FunctionOpcodes[]): string[] {
  const all = totals(functions);
  if (all.size === 0) return ['no SIMD at all: every instruction works on one number'];
  const has = (...names: string[]) => names.some((name) => all.has(name));
  const lines: string[] = [];
  if (!has(...INT8_DOT)) {
    lines.push(
      'no integer dot product (i32x4.dot_i16x8_s or relaxed): int8 kernels in it, if there are any, do without',
    );
  }
  if (has('f32x4.mul') && has('f32x4.add') && !has('f32x4.relaxed_madd')) {
    lines.push('f32x4.mul and f32x4.add but no f32x4.relaxed_madd: no fused multiply-add');
  }
  if (has('f64x2.mul') && has('f64x2.add') && !has('f64x2.relaxed_madd')) {
    lines.push('f64x2.mul and f64x2.add but no f64x2.relaxed_madd: no fused multiply-add');
  }
  const constants = all.get('v128.const') ?? 0;
  if (constants > 0) {
    lines.push(
      `${constants} v128.const: V8 13 and later makes each anew wherever it stands, in a loop on every pass`,
    );
  }
  return lines;
}

/** Totals, hints, and the functions with the most SIMD. Ends with a newline. */
export function opcodesText(file: string, functions: readonly FunctionOpcodes[]): string {
  const sum = (value: (f: FunctionOpcodes) => number) => functions.reduce((total, f) => total + value(f), 0);
  const simdOf = (f: FunctionOpcodes) => [...f.simd.values()].reduce((a, b) => a + b, 0);
  const arithmetic = (f: FunctionOpcodes) => Object.values(f.scalarArithmetic).reduce((a, b) => a + b, 0);
  const head = [
    file,
    `${functions.length} ${functions.length === 1 ? 'function' : 'functions'}, ${sum((f) => f.instructions)} instructions: ${sum(simdOf)} SIMD, ${sum(arithmetic)} scalar arithmetic (${(['i32', 'i64', 'f32', 'f64'] as const).map((type) => `${type} ${sum((f) => f.scalarArithmetic[type])}`).join(', ')}), ${sum((f) => f.scalarLoads)} scalar loads, ${sum((f) => f.scalarStores)} scalar stores, ${sum((f) => f.calls)} calls, ${sum((f) => f.atomics)} atomic`,
    ...hints(functions),
  ];
  const histogram = [...totals(functions)].map(([name, n]) => [String(n), name]);
  const busy = functions.filter((f) => simdOf(f) > 0).sort((a, b) => simdOf(b) - simdOf(a));
  const rows = busy
    .slice(0, MANY)
    .map((f) => [
      ...[simdOf(f), arithmetic(f), f.scalarLoads, f.scalarStores, f.calls, f.loops].map(String),
      f.name,
    ]);
  const titles = ['SIMD', 'scalar', 'loads', 'stores', 'calls', 'loops', 'function'];
  const more = busy.length > MANY ? `${busy.length - MANY} more with SIMD\n` : '';
  const tables = histogram.length > 0 ? [columns(histogram), `${columns([titles, ...rows])}${more}`] : [];
  return `${[`${head.join('\n')}\n`, ...tables].join('\n')}\n`;
}
