import type { Sampler } from '../sampler.ts';

/** What passes go through, and where their logits come from. */
interface Passes {
  /** Most tokens of one pass. */
  readonly batch: number;
  /** Positions that the cache has room for. */
  readonly capacity: number;
  prefill(tokens: Int32Array, position: number): void;
  decode(token: number, position: number): void;
}

/** What is loaded: {@link LlamaWasm}, or anything that computes likewise. */
export interface TextModel extends Passes {
  /** Of the token after the last; a view that the next pass writes to. */
  logits(): Float32Array;
}

/** Whose passes are done when their logits are there: on a device, from which they are read back. */
export interface DeviceTextModel extends Passes {
  logits(): Promise<Float32Array>;
}

export interface GenerateOptions {
  /** At most so many tokens. */
  readonly tokens: number;
  readonly sample: Sampler;
  /** Ends the text where it is chosen. */
  readonly eos?: number | undefined;
  /** Milliseconds of a clock. */
  readonly now: () => number;
  /** Called with each token as it is chosen. */
  readonly onToken: (token: number) => void;
}

export interface Generated {
  /** Why it ended: as many as asked for, the end of the text, or no room in the cache. */
  readonly stopped: 'tokens' | 'eos' | 'cache';
  /** Of the prompt, until its logits were there. */
  readonly promptMs: number;
  /** From the beginning until the first token was chosen. */
  readonly firstTokenMs: number;
  /** Of each further token: its pass and its choice. */
  readonly tokenMs: readonly number[];
}

/** Continues a prompt, which the cache must have room for; it goes through the model in pieces of `batch` tokens. */
export function generate(llama: TextModel, prompt: ArrayLike<number>, options: GenerateOptions): Generated {
  const text = generation(llama, prompt, options);
  let next = text.next();
  while (!next.done) next = text.next(llama.logits());
  return next.value;
}

/** The same on a device: one readback a token. */
export async function generateOnDevice(
  llama: DeviceTextModel,
  prompt: ArrayLike<number>,
  options: GenerateOptions,
): Promise<Generated> {
  const text = generation(llama, prompt, options);
  let next = text.next();
  while (!next.done) next = text.next(await llama.logits());
  return next.value;
}

/** Is given the logits of the latest pass wherever it asks for them. */
function* generation(
  llama: Passes,
  prompt: ArrayLike<number>,
  { tokens, sample, eos, now, onToken }: GenerateOptions,
): Generator<undefined, Generated, Float32Array> {
  const start = now();
  const all = Int32Array.from(prompt);
  for (let at = 0; at < all.length; at += llama.batch) llama.prefill(all.subarray(at, at + llama.batch), at);
  const first = yield;
  const promptMs = now() - start;
  const tokenMs: number[] = [];
  let token = sample(first);
  const firstTokenMs = now() - start;
  let before = now();
  for (let made = 1; ; made++) {
    if (token === eos) return { stopped: 'eos', promptMs, firstTokenMs, tokenMs };
    onToken(token);
    if (made >= tokens) return { stopped: 'tokens', promptMs, firstTokenMs, tokenMs };
    const position = all.length + made - 1;
    if (position >= llama.capacity) return { stopped: 'cache', promptMs, firstTokenMs, tokenMs };
    llama.decode(token, position);
    token = sample(yield);
    const after = now();
    tokenMs.push(after - before);
    before = after;
  }
}
