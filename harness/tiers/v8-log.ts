/**
 * Reads the log that V8 writes under `--prof`: which machine code was made for which function, in which tier, where, when,
 * and which code each tick of the sampler found running. The format is V8's own (src/logging/log.cc); what is read here is
 * the same in V8 11.3 (Node 20) to 14.6 (Node 26).
 */

/** What can run a function; the last of each language is its top tier. */
export type Tier = 'ignition' | 'sparkplug' | 'maglev' | 'liftoff' | 'turbofan';

/** Code of one function. Time in µs on the log's clock. */
export interface Code {
  readonly name: string;
  readonly tier: Tier;
  readonly wasm: boolean;
  readonly at: number;
  readonly address: number;
  readonly size: number;
}

/** One sample of the running thread: the innermost code that is a function's, and the address in it. */
export interface Tick {
  readonly at: number;
  /** Undefined where no frame is JavaScript or WASM. */
  readonly code: Code | undefined;
  /** Of the instruction that ran, when that was in `code` itself rather than in something that it called. */
  readonly pc: number | undefined;
}

export interface V8Log {
  /** In order of time. */
  readonly codes: readonly Code[];
  readonly ticks: readonly Tick[];
  readonly deopts: readonly { readonly at: number; readonly reason: string; readonly where: string }[];
  /** When each mark was set: a script compiled under the name {@link MARK}`name`. */
  readonly marks: ReadonlyMap<string, number>;
}

/** Scripts with this in front of their name are points in time. */
export const MARK = 'zoo-mark:';

/** The last field of an event; with `'` or `o` for the form of optimised code (on-stack replacement). Nothing: baseline WASM. */
const MARKERS: Readonly<Record<string, Tier>> = {
  '~': 'ignition',
  '^': 'sparkplug',
  '+': 'maglev',
  '*': 'turbofan',
};

/** Lines that are cut off or unknown are left out: V8 may be killed while it writes, and it adds events. */
export function readV8Log(text: string): V8Log {
  const codes: Code[] = [];
  const ticks: Tick[] = [];
  const deopts: { at: number; reason: string; where: string }[] = [];
  const marks = new Map<string, number>();
  const map = new CodeMap();
  for (const line of text.split('\n')) {
    const fields = line.split(',');
    switch (fields[0]) {
      case 'code-creation': {
        const code = codeOf(fields);
        if (!code) break;
        const mark = code.name.indexOf(MARK);
        if (mark >= 0) marks.set(code.name.slice(mark + MARK.length).replace(/:\d+:\d+$/, ''), code.at);
        if (map.add(code)) codes.push(code);
        break;
      }
      case 'code-move':
        map.move(Number(fields[1]), Number(fields[2]));
        break;
      case 'code-deopt':
        // code-deopt,time,size,address,inlining,position,kind,<where>,reason
        if (/prepare for on stack replacement/.test(fields[8] ?? '')) break; // a step up, to the next tier
        deopts.push({
          at: Number(fields[1]),
          where: (fields[7] ?? '').replace(/[<>]/g, ''),
          reason: fields[8] ?? '',
        });
        break;
      case 'tick':
        ticks.push(tickOf(fields, map));
        break;
    }
  }
  return { codes, ticks, deopts, marks };
}

/** code-creation,JS,kind,time,address,size,name[,function,marker]; other types are stubs and built-ins. */
function codeOf(fields: readonly string[]): Code | undefined {
  const [, type, kind, at, address, size, name = ''] = fields;
  if (type !== 'JS' && type !== 'Script' && type !== 'Function') return undefined;
  // Commas inside names are written as \x2C, so that a field has its place.
  const marker = (fields[8] ?? '').replace(/['o]/g, '');
  const wasm = Number(kind) < FIRST_JS_KIND;
  const tier: Tier | undefined = wasm && marker === '' ? 'liftoff' : MARKERS[marker];
  if (!tier || !(Number(size) > 0)) return undefined;
  return { name: name.trim(), tier, wasm, at: Number(at), address: Number(address), size: Number(size) };
}

/** V8 numbers its kinds of code: WASM has 4 or 5, the interpreter 9 or 10. */
const FIRST_JS_KIND = 8;

/** tick,pc,time,is_external,tos_or_callback,state,frame,frame,… with frames as addresses or ± differences to the one before. */
function tickOf(fields: readonly string[], map: CodeMap): Tick {
  const pc = Number(fields[1]);
  const at = Number(fields[2]);
  const own = map.find(pc);
  if (own) return { at, code: own, pc };
  let before = pc;
  for (const frame of fields.slice(6)) {
    const sign = frame[0];
    if (sign !== '+' && sign !== '-' && sign !== '0') continue; // "overflow"
    const address = sign === '0' ? Number(frame) : before + (sign === '-' ? -1 : 1) * Number(frame.slice(1));
    before = address;
    const code = map.find(address);
    if (code) return { at, code, pc: undefined };
  }
  return { at, code: undefined, pc: undefined };
}

/** The code at an address, as of now: addresses are used again after collections. Pages of 4 KiB make look-ups cheap. */
class CodeMap {
  #pages = new Map<number, Code[]>();

  /** False for code that is known: V8 lists WASM code again when a profiler asks for it. */
  add(code: Code): boolean {
    const known = this.find(code.address);
    if (known?.address === code.address && known.name === code.name && known.tier === code.tier) return false;
    for (let page = pageOf(code.address); page <= pageOf(code.address + code.size - 1); page++) {
      const here = this.#pages.get(page)?.filter((other) => !overlap(other, code)) ?? [];
      here.push(code);
      this.#pages.set(page, here);
    }
    return true;
  }

  move(from: number, to: number): void {
    const code = this.find(from);
    if (code) this.add({ ...code, address: to });
  }

  find(address: number): Code | undefined {
    return this.#pages
      .get(pageOf(address))
      ?.findLast((code) => address >= code.address && address < code.address + code.size);
  }
}

const pageOf = (address: number): number => Math.floor(address / 4096);
const overlap = (a: Code, b: Code): boolean =>
  a.address < b.address + b.size && b.address < a.address + a.size;
