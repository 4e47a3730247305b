/**
 * Reads the x86-64 machine code that V8 prints (`--print-opt-code`, `--print-wasm-code`), finds its innermost loops by the
 * jumps that go back, and says of each instruction what it is for.
 */

export interface Instruction {
  readonly address: number;
  readonly offset: number;
  /** As V8 writes it, without the prefix `REX.W`. */
  readonly text: string;
  readonly mnemonic: string;
  readonly operands: readonly string[];
  /** Offset that a jump goes to. */
  readonly target?: number;
}

export interface Listing {
  readonly name: string;
  readonly compiler: string;
  readonly address: number;
  readonly instructions: readonly Instruction[];
}

const HEAD = /^--- (?:Optimized code|WebAssembly code|Code|.*Maglev.*) ---$/;
const LINE = /^0x([0-9a-f]+)\s+([0-9a-f]+)\s+(?:[0-9a-f]+)\s+(?:REX\.W )?([a-z]\S*)\s*(.*)$/;

/** All pieces of code in the text, in its order; other lines are passed over. */
export function readListings(text: string): Listing[] {
  const listings: Listing[] = [];
  let head: { name: string; compiler: string } | undefined;
  let instructions: Instruction[] | undefined;
  const close = () => {
    if (head && instructions && instructions.length > 0) {
      listings.push({ ...head, address: instructions[0]!.address, instructions });
    }
    instructions = undefined;
  };
  for (const line of text.split('\n')) {
    if (line.startsWith('---')) {
      close();
      head = HEAD.test(line) ? { name: '', compiler: '' } : undefined;
      continue;
    }
    if (!head) continue;
    const field = /^(name|compiler)\s*[=:] (.*)$/.exec(line);
    if (field) head = { ...head, [field[1]!]: field[2]!.trim() };
    else if (line.startsWith('Instructions (size')) instructions = [];
    else if (instructions) {
      const match = LINE.exec(line);
      // Tables behind the code have other lines.
      if (match) instructions.push(instruction(match));
      else if (line.trim() === '') close();
    }
  }
  close();
  return listings;
}

function instruction([, address, offset, mnemonic, rest]: RegExpExecArray): Instruction {
  // Behind two spaces V8 explains: a relative target, a name, an object.
  const operands = (rest ?? '')
    .replace(/\s*(;;.*|\(.*|<\+0x.*)$/, '')
    .replace(/,\s*$/, '')
    .trim();
  const target = /<\+0x([0-9a-f]+)>/.exec(rest ?? '')?.[1];
  return {
    address: Number.parseInt(address!, 16),
    offset: Number.parseInt(offset!, 16),
    text: `${mnemonic} ${operands}`.trim(),
    mnemonic: mnemonic!,
    operands: operands === '' ? [] : operands.split(/,(?![^[]*\])/).map((operand) => operand.trim()),
    ...(target === undefined ? {} : { target: Number.parseInt(target, 16) }),
  };
}

/** Instructions that all lead to each other, as indices into a listing, in the order of the code. */
export type Loop = readonly number[];

/**
 * Loops that hold no other loop, in the order of the code. V8 turns loops round, so that they are entered in their middle:
 * they are found as strongly connected parts of the flow, each without its entry once more (Bourdoncle, Efficient chaotic
 * iteration strategies with widenings, 1993). Slow paths, which V8 puts behind everything else, are left out.
 */
export function innermostLoops({ instructions }: Listing): Loop[] {
  const at = new Map(instructions.map(({ offset }, i) => [offset, i]));
  const next = instructions.map(({ mnemonic, target, operands }, i) => {
    const to = target === undefined || !mnemonic.startsWith('j') ? undefined : at.get(target);
    // What is called through the root register at the end of a function leaves optimised code for good.
    const leaves = mnemonic === 'call' && operands[0]?.startsWith('[r13-');
    const falls = !leaves && !/^(jmp|ret|retl|ud2)$/.test(mnemonic) && i + 1 < instructions.length;
    return [...(falls ? [i + 1] : []), ...(to === undefined ? [] : [to])];
  });
  const found: Loop[] = [];
  const visit = (nodes: readonly number[]): boolean => {
    const parts = connected(next, nodes);
    for (const part of parts) {
      const inside = new Set(part);
      const entered = new Set(
        next.flatMap((targets, i) => (inside.has(i) ? [] : targets.filter((target) => inside.has(target)))),
      );
      const head = part.find((i) => entered.has(i)) ?? part[0]!;
      if (!visit(part.filter((i) => i !== head))) found.push(withoutSlowPaths(part, instructions));
    }
    return parts.length > 0;
  };
  visit(next.map((_, i) => i));
  return found.sort((a, b) => a[0]! - b[0]!);
}

/** Without the stretches, apart from the first, that call the engine and jump back. */
function withoutSlowPaths(part: readonly number[], instructions: readonly Instruction[]): number[] {
  const stretches: number[][] = [];
  for (const i of part) {
    const last = stretches.at(-1);
    if (last?.at(-1) === i - 1) last.push(i);
    else stretches.push([i]);
  }
  const slow = (stretch: readonly number[]) =>
    stretch.some((i) => instructions[i]!.mnemonic === 'call') &&
    instructions[stretch.at(-1)!]!.mnemonic === 'jmp';
  return stretches.filter((stretch, i) => i === 0 || !slow(stretch)).flat();
}

/** Strongly connected parts of more than one node, or of one that leads to itself, within `nodes` (Tarjan 1972). */
function connected(next: readonly (readonly number[])[], nodes: readonly number[]): number[][] {
  const within = new Set(nodes);
  const order = new Map<number, number>();
  const low = new Map<number, number>();
  const stack: number[] = [];
  const onStack = new Set<number>();
  const parts: number[][] = [];
  for (const root of nodes) {
    if (order.has(root)) continue;
    // A stack of our own: functions have thousands of instructions in a row.
    const work: { node: number; edge: number }[] = [{ node: root, edge: 0 }];
    while (work.length > 0) {
      const frame = work.at(-1)!;
      const { node } = frame;
      if (frame.edge === 0) {
        order.set(node, order.size);
        low.set(node, order.get(node)!);
        stack.push(node);
        onStack.add(node);
      }
      const target = next[node]![frame.edge++];
      if (target !== undefined) {
        if (!within.has(target)) continue;
        if (!order.has(target)) work.push({ node: target, edge: 0 });
        else if (onStack.has(target)) low.set(node, Math.min(low.get(node)!, order.get(target)!));
        continue;
      }
      work.pop();
      const parent = work.at(-1)?.node;
      if (parent !== undefined) low.set(parent, Math.min(low.get(parent)!, low.get(node)!));
      if (low.get(node) !== order.get(node)) continue;
      const part = stack.splice(stack.lastIndexOf(node));
      for (const member of part) onStack.delete(member);
      if (part.length > 1 || next[node]!.includes(node)) parts.push(part.sort((a, b) => a - b));
    }
  }
  return parts;
}

export type Kind =
  | 'vector arithmetic'
  | 'scalar float'
  | 'vector move'
  | 'load'
  | 'store'
  | 'spill store'
  | 'spill load'
  | 'constant'
  | 'bounds check'
  | 'guard'
  | 'interrupt check'
  | 'conversion'
  | 'address'
  | 'integer'
  | 'branch'
  | 'call'
  | 'nop';

export interface Note {
  readonly kind: Kind;
  /** Bits of the vector register, of vector instructions. */
  readonly width?: 128 | 256 | 512;
}

const PACKED_MOVE =
  /^v?(mov([dq]$|aps|apd|ups|upd|dqa|dqu|hlps|lhps|shdup|sldup)|broadcast|shuf|perm|p?unpck|pshuf|palignr|pblend|blend|insert|extract|pinsr|pextr)/;
const CONVERSION = /^v?(cvt|round)/;
const SCALAR_FLOAT = /(ss|sd)$/;
/** Jumps on an unsigned comparison: what a bounds check uses. */
const UNSIGNED = ['ja', 'jna', 'jnc', 'jc', 'jae', 'jb', 'jbe', 'jnbe', 'jnb'];

/** What each instruction of a loop is for. What belongs together (a comparison and its jump) has one kind. */
export function annotate(listing: Listing, loop: Loop): Note[] {
  const body = loop.map((i) => listing.instructions[i]!);
  // A call of the engine, alone behind the function's end: out of optimised code, or into a trap.
  const exits = new Set(
    listing.instructions.filter(({ mnemonic }) => mnemonic === 'call').map(({ offset }) => offset),
  );
  const notes = body.map((i): Note => classify(i, i.target !== undefined && exits.has(i.target)));

  // Immediates on their way into a vector register; V8 reads one that it has made before from the code itself.
  const immediate = new Map<string, number>();
  for (const [at, i] of body.entries()) {
    const [to = '', from = ''] = i.operands;
    if (/^v?mov[dq]$/.test(i.mnemonic) && to.startsWith('xmm') && immediate.has(from)) {
      notes[immediate.get(from)!] = { kind: 'constant' };
      notes[at] = { kind: 'constant' };
    } else if (/^mov/.test(i.mnemonic) && /^(0x[0-9a-f]+$|\[rip)/.test(from)) immediate.set(to, at);
    else if (!to.startsWith('[')) immediate.delete(to);
    // A register compared with itself is all ones.
    if (/^v?pcmpeq/.test(i.mnemonic) && new Set(i.operands).size === 1) notes[at] = { kind: 'constant' };
    const before = notes[at - 1];
    // The second half of a constant of 128 bits.
    if (
      /^v?(punpcklqdq|movddup|pinsrq)/.test(i.mnemonic) &&
      before?.kind === 'constant' &&
      i.operands.includes(body[at - 1]!.operands[0]!)
    )
      notes[at] = { kind: 'constant' };
    // A comparison belongs to its jump.
    const compared = body[at - 1];
    if (compared && /^(cmp|test)/.test(compared.mnemonic) && i.mnemonic.startsWith('j')) {
      // The root register: the engine's limit of the stack, or its wish to be called.
      const interrupt = compared.operands.some((operand) => operand.startsWith('[r13'));
      if (interrupt) notes[at] = { kind: 'interrupt check' };
      notes[at - 1] = notes[at]!;
    }
  }
  return notes;
}

function classify(i: Instruction, fails: boolean): Note {
  const { mnemonic, operands } = i;
  const width = widthOf(operands);
  const wide = width === undefined ? {} : { width };
  const [to = ''] = operands;
  const memory = operands.find((operand) => operand.includes('['));
  if (mnemonic === 'nop' || mnemonic === 'int3l') return { kind: 'nop' };
  if (mnemonic === 'call') return { kind: 'call' };
  if (mnemonic.startsWith('j')) {
    if (!fails || mnemonic === 'jmp') return { kind: 'branch' };
    return { kind: UNSIGNED.includes(mnemonic) ? 'bounds check' : 'guard' };
  }
  if (mnemonic.startsWith('lea')) return { kind: 'address' };
  const moves = /^v?mov/.test(mnemonic);
  if (memory && /\[(rsp|rbp)/.test(memory))
    return { kind: memory === to && moves ? 'spill store' : 'spill load' };
  if (CONVERSION.test(mnemonic)) return { kind: 'conversion' };
  if (moves && memory) return { kind: memory === to ? 'store' : 'load', ...wide };
  if (/^v?(broadcast|pmov[sz]x)/.test(mnemonic) && memory) return { kind: 'load', ...wide };
  if (
    width !== undefined &&
    SCALAR_FLOAT.test(mnemonic) &&
    // `vpdpbusd` ends as a scalar instruction does.
    !/^v?(broadcast|punpck|unpck|shuf|pdp)/.test(mnemonic)
  )
    return { kind: moves ? 'vector move' : 'scalar float' };
  // The idiom for zero.
  if (/^v?p?xor/.test(mnemonic) && new Set(operands).size === 1) return { kind: 'vector move', ...wide };
  if (width !== undefined)
    return { kind: PACKED_MOVE.test(mnemonic) ? 'vector move' : 'vector arithmetic', ...wide };
  return { kind: 'integer' };
}

function widthOf(operands: readonly string[]): Note['width'] {
  const text = operands.join();
  if (text.includes('zmm')) return 512;
  if (text.includes('ymm')) return 256;
  return text.includes('xmm') ? 128 : undefined;
}
