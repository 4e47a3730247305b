/**
 * Counts the instructions of a WASM module, function by function: which SIMD instructions a build really holds. Static
 * counts: an instruction in a loop counts once.
 */
import { UsageError } from '../errors.ts';
import { SIMD_NAMES } from './simd-names.ts';

export interface FunctionOpcodes {
  /** From the name section, else an export's name, else `function[index]`. */
  readonly name: string;
  readonly index: number;
  readonly instructions: number;
  /** SIMD instructions by their names in the specification. */
  readonly simd: ReadonlyMap<string, number>;
  /** Loads and stores of one number. */
  readonly scalarLoads: number;
  readonly scalarStores: number;
  /** Multiplications, additions and subtractions of single numbers, of each type. */
  readonly scalarArithmetic: Readonly<Record<'i32' | 'i64' | 'f32' | 'f64', number>>;
  /** Direct, indirect and by reference. */
  readonly calls: number;
  readonly atomics: number;
  readonly loops: number;
}

/**
 * Functions in the module's order.
 * @throws UsageError with one line for what is no WASM module, is cut off, or holds an instruction that is not known
 */
export function readOpcodes(bytes: Uint8Array, file: string): FunctionOpcodes[] {
  try {
    return parse(new Reader(bytes));
  } catch (error) {
    if (error instanceof Malformed)
      throw new UsageError(`${file} is no WASM module that can be read: ${error.message}`);
    throw error;
  }
}

class Malformed extends Error {}

class Reader {
  readonly #bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.at = at;
    this.end = end;
  }

  byte(): number {
    if (this.at >= this.end) throw new Malformed(`it ends at byte ${this.at} within something`);
    return this.#bytes[this.at++]!;
  }

  skip(length: number): void {
    if (length > this.end - this.at) throw new Malformed(`it ends at byte ${this.end} within something`);
    this.at += length;
  }

  /** Unsigned LEB128; beyond 2^53 inexact, which no count or index is. */
  u(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Malformed(`a number at byte ${this.at} does not end`);
  }

  /** Signed LEB128 as far as its sign and first byte matter here: block and heap types. */
  s(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return byte & 0x40 ? value - 2 ** (shift + 7) : value;
    }
    throw new Malformed(`a number at byte ${this.at} does not end`);
  }

  text(): string {
    const length = this.u();
    const start = this.at;
    this.skip(length);
    return new TextDecoder().decode(this.#bytes.subarray(start, this.at));
  }

  /** The next `length` bytes, as a reader of their own. */
  part(length: number): Reader {
    const start = this.at;
    this.skip(length);
    return new Reader(this.#bytes, start, this.at);
  }
}

const SECTION = { custom: 0, import: 2, export: 7, code: 10 };

function parse(reader: Reader): FunctionOpcodes[] {
  const magic = [0x00, 0x61, 0x73, 0x6d];
  if (!magic.every((byte) => reader.at < reader.end && reader.byte() === byte))
    throw new Malformed('it does not begin with "\\0asm"');
  const version = [reader.byte(), reader.byte(), reader.byte(), reader.byte()];
  if (version.join() === '13,0,1,0') throw new Malformed('it is a component, not a core module');
  if (version.join() !== '1,0,0,0') throw new Malformed(`its version is ${version.join('.')}, not 1`);

  let imported = 0;
  const exported = new Map<number, string>();
  const named = new Map<number, string>();
  const bodies: Reader[] = [];
  while (reader.at < reader.end) {
    const id = reader.byte();
    const section = reader.part(reader.u());
    if (id === SECTION.import) imported = importedFunctions(section);
    if (id === SECTION.export) exports(section, exported);
    if (id === SECTION.code) {
      const n = section.u();
      for (let i = 0; i < n; i++) bodies.push(section.part(section.u()));
      if (section.at !== section.end) throw new Malformed('its code section is longer than its functions');
    }
    if (id === SECTION.custom && section.text() === 'name') names(section, named);
  }
  return bodies.map((body, i) => {
    const index = imported + i;
    return count(body, index, named.get(index) ?? exported.get(index) ?? `function[${index}]`);
  });
}

function importedFunctions(section: Reader): number {
  let functions = 0;
  for (let n = section.u(); n > 0; n--) {
    section.text();
    section.text();
    const kind = section.byte();
    if (kind === 0) {
      section.u();
      functions++;
    } else if (kind === 1) {
      valueType(section);
      limits(section);
    } else if (kind === 2) limits(section);
    else if (kind === 3) {
      valueType(section);
      section.byte();
    } else if (kind === 4) {
      section.byte();
      section.u();
    } else throw new Malformed(`an import of unknown kind ${kind}`);
  }
  return functions;
}

function limits(section: Reader): void {
  const flags = section.byte();
  section.u();
  if (flags & 1) section.u();
  if (flags & 8) section.u(); // page size
}

function exports(section: Reader, into: Map<number, string>): void {
  for (let n = section.u(); n > 0; n--) {
    const name = section.text();
    const kind = section.byte();
    const index = section.u();
    if (kind === 0 && !into.has(index)) into.set(index, name);
  }
}

/** Function names; a damaged name section costs the names only, as in every engine. */
function names(section: Reader, into: Map<number, string>): void {
  try {
    while (section.at < section.end) {
      const id = section.byte();
      const part = section.part(section.u());
      if (id !== 1) continue;
      for (let n = part.u(); n > 0; n--) into.set(part.u(), part.text());
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
}

/** A type's first byte, or with 0x63 and 0x64 (a reference to a heap type) what follows it. */
function valueType(reader: Reader): void {
  const type = reader.s();
  if (type === -0x1d || type === -0x1c) reader.s();
}

function memarg(reader: Reader): void {
  const align = reader.u();
  if (align & 0x40) reader.u(); // which memory
  reader.u();
}

function count(body: Reader, index: number, name: string): FunctionOpcodes {
  for (let groups = body.u(); groups > 0; groups--) {
    body.u();
    valueType(body);
  }
  const simd = new Map<string, number>();
  const scalarArithmetic = { i32: 0, i64: 0, f32: 0, f64: 0 };
  let [instructions, scalarLoads, scalarStores, calls, atomics, loops] = [0, 0, 0, 0, 0, 0];
  let depth = 1;
  while (body.at < body.end) {
    if (depth === 0) throw new Malformed(`${name} has code behind its end`);
    const opcode = body.byte();
    instructions++;
    if (opcode === 0xfd) {
      const op = simdInstruction(body);
      simd.set(op, (simd.get(op) ?? 0) + 1);
      continue;
    }
    if (opcode === 0xfe) {
      atomicInstruction(body);
      atomics++;
      continue;
    }
    immediates(body, opcode);
    if (opcode === 0x0b || opcode === 0x18) depth--;
    else if (opcode === 0x1f || (opcode >= 0x02 && opcode <= 0x04) || opcode === 0x06) depth++;
    if (opcode === 0x03) loops++;
    else if (opcode >= 0x10 && opcode <= 0x15) calls++;
    else if (opcode >= 0x28 && opcode <= 0x35) scalarLoads++;
    else if (opcode >= 0x36 && opcode <= 0x3e) scalarStores++;
    else if (opcode >= 0x6a && opcode <= 0x6c) scalarArithmetic.i32++;
    else if (opcode >= 0x7c && opcode <= 0x7e) scalarArithmetic.i64++;
    else if (opcode >= 0x92 && opcode <= 0x95) scalarArithmetic.f32++;
    else if (opcode >= 0xa0 && opcode <= 0xa3) scalarArithmetic.f64++;
  }
  if (depth !== 0) throw new Malformed(`${name} does not end`);
  return {
    name,
    index,
    instructions,
    simd,
    scalarLoads,
    scalarStores,
    scalarArithmetic,
    calls,
    atomics,
    loops,
  };
}

function unknownOpcode(...opcode: number[]): Malformed {
  return new Malformed(
    `unknown instruction ${opcode.map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(' ')}`,
  );
}

/** Reads what follows an instruction without a prefix of SIMD or threads. */
function immediates(body: Reader, opcode: number): void {
  switch (opcode) {
    case 0x02: // block
    case 0x03: // loop
    case 0x04: // if
    case 0x06: // try, of the older exceptions
      valueType(body);
      return;
    case 0x1f: // try_table
      valueType(body);
      for (let n = body.u(); n > 0; n--) {
        if (body.byte() < 2) body.u();
        body.u();
      }
      return;
    case 0x0e: // br_table
      for (let n = body.u(); n >= 0; n--) body.u();
      return;
    case 0x07: // catch
    case 0x08: // throw
    case 0x09: // rethrow
    case 0x0c: // br
    case 0x0d: // br_if
    case 0x10: // call
    case 0x12: // return_call
    case 0x14: // call_ref
    case 0x15: // return_call_ref
    case 0x18: // delegate
    case 0x3f: // memory.size
    case 0x40: // memory.grow
    case 0x41: // i32.const
    case 0x42: // i64.const
    case 0xd2: // ref.func
    case 0xd5: // br_on_null
    case 0xd6: // br_on_non_null
      body.u();
      return;
    case 0x11: // call_indirect
    case 0x13: // return_call_indirect
      body.u();
      body.u();
      return;
    case 0x1c: // select with types
      for (let n = body.u(); n > 0; n--) valueType(body);
      return;
    case 0x43:
      body.skip(4);
      return;
    case 0x44:
      body.skip(8);
      return;
    case 0xd0: // ref.null
      body.s();
      return;
    case 0xfb:
      gcInstruction(body);
      return;
    case 0xfc:
      miscInstruction(body);
      return;
  }
  if (opcode >= 0x20 && opcode <= 0x26) {
    body.u(); // locals, globals, tables
    return;
  }
  if (opcode >= 0x28 && opcode <= 0x3e) {
    memarg(body);
    return;
  }
  const plain =
    opcode <= 0x01 || // unreachable, nop
    opcode === 0x05 || // else
    (opcode >= 0x0a && opcode <= 0x0b) || // throw_ref, end
    opcode === 0x0f || // return
    (opcode >= 0x19 && opcode <= 0x1b) || // catch_all, drop, select
    (opcode >= 0x45 && opcode <= 0xc4) || // numbers
    opcode === 0xd1 || // ref.is_null
    (opcode >= 0xd3 && opcode <= 0xd4); // ref.eq, ref.as_non_null
  if (!plain) throw unknownOpcode(opcode);
}

/** How many indices follow; `h`: a heap type. */
const GC_IMMEDIATES = [
  ...[1, 1, 2, 2, 2, 2], // struct.new, new_default, get, get_s, get_u, set
  ...[1, 1, 2, 2, 2, 1, 1, 1, 1, 0, 1, 2, 2, 2], // array.new … array.init_elem
  ...['h', 'h', 'h', 'h'], // ref.test, ref.cast
  ...['c', 'c'], // br_on_cast, br_on_cast_fail
  ...[0, 0, 0, 0, 0], // conversions, i31
];

function gcInstruction(body: Reader): void {
  const op = body.u();
  const kind = GC_IMMEDIATES[op];
  if (kind === undefined) throw unknownOpcode(0xfb, op);
  if (kind === 'h') body.s();
  else if (kind === 'c') {
    body.byte();
    body.u();
    body.s();
    body.s();
  } else for (let i = Number(kind); i > 0; i--) body.u();
}

/** Indices behind 0xFC 0 … 17: saturating conversions, memory and table in bulk. */
const MISC_IMMEDIATES = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];
/** i64.add128, sub128, mul_wide_s, mul_wide_u */
const WIDE = [19, 20, 21, 22];

function miscInstruction(body: Reader): void {
  const op = body.u();
  const indices = WIDE.includes(op) ? 0 : MISC_IMMEDIATES[op];
  if (indices === undefined) throw unknownOpcode(0xfc, op);
  for (let i = indices; i > 0; i--) body.u();
}

function simdInstruction(body: Reader): string {
  const op = body.u();
  const name = SIMD_NAMES[op];
  if (name === undefined || name === '-') throw unknownOpcode(0xfd, op);
  if (op <= 0x0b || op === 0x5c || op === 0x5d) memarg(body);
  else if (op === 0x0c || op === 0x0d) body.skip(16);
  else if (op >= 0x15 && op <= 0x22) body.byte();
  else if (op >= 0x54 && op <= 0x5b) {
    memarg(body);
    body.byte();
  }
  return name;
}

function atomicInstruction(body: Reader): void {
  const op = body.u();
  if (op === 0x03)
    body.byte(); // fence
  else if (op <= 0x02 || (op >= 0x10 && op <= 0x4e)) memarg(body);
  else throw unknownOpcode(0xfe, op);
}
