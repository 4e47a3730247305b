/**
 * wllama: llama.cpp as WebAssembly, in Chromium (its build needs 64-bit memories and calls that wait for promises), on one thread and on
 * all that the host offers. It takes text and gives text: since 3.0 there is no way to its batches, its cache or its logits. So
 * - tokens are given as words `<n>` of a vocabulary that is made for it;
 * - what comes before a token it has to read itself, when it is made ready; a run then asks for the same text once more, of which
 *   it keeps all but the last token, and that it was so is looked at in its own counts;
 * - a run asks for one token, the likeliest: a request and its answer, as JSON through a worker, are in its time;
 * - for its output the run is asked for once more, this time with the log-probabilities of every token: logits up to a constant.
 */
import type { Host, Prepared, Shape, Variant } from '../kernel.ts';
import { peerVariant } from '../lib/peer.ts';

/** What is used of it. */
interface Wllama {
  loadModel(blobs: readonly Blob[], options: object): Promise<void>;
  createCompletion(options: object): Promise<Completion>;
  exit(): Promise<void>;
  setCompat(compat: null): void;
}

interface Completion {
  readonly choices: readonly [
    {
      readonly logprobs?: {
        readonly content: readonly [
          { readonly top_logprobs: readonly { readonly id: number; readonly logprob: number }[] },
        ];
      };
    },
  ];
  /** Tokens that were kept of an earlier request, and that went through the model. */
  readonly timings: { readonly cache_n: number; readonly prompt_n: number };
}

interface Module {
  readonly Wllama: new (paths: { default: string }, options: object) => Wllama;
  readonly wasm: string;
}

/** What goes through the model in each run, and behind what. */
export interface WllamaCall {
  /** Pieces of a GGUF file in which token n is the word `<n>`. */
  readonly file: AsyncIterable<Uint8Array<ArrayBuffer>>;
  readonly vocabulary: number;
  /** Attention in float32, keys and values too; llama.cpp's default is flash attention over a cache of float16. */
  readonly exact: boolean;
  /** Read when it is made ready; where there are any, `tokens` are one. */
  readonly history: ArrayLike<number>;
  readonly tokens: ArrayLike<number>;
}

/** Both variants of one call. Their output are the logits of the last token, less their mean: `[vocabulary]`. */
export function wllama<I, S extends Shape>(
  idea: string,
  call: (input: I, shape: S) => WllamaCall,
  more: Partial<Variant<I, S>>,
): [Variant<I, S>, Variant<I, S>] {
  const variant = (name: 'wllama' | 'wllama-threads', words: string, threads: (host: Host) => number) =>
    peerVariant(
      name,
      words,
      (module: Module, input: I, shape: S, host: Host) => prepare(module, call(input, shape), threads(host)),
      {
        ...more,
        unsupported: (shape, host) =>
          host.runtime === 'chromium'
            ? more.unsupported?.(shape, host)
            : 'wllama runs in pages of Chromium: --runtime chromium',
      },
    );
  return [
    variant('wllama', idea, () => 1),
    variant('wllama-threads', `${idea}; on all threads`, ({ threads }) => threads),
  ];
}

/** Of llama.cpp's log levels. */
const ERROR = 4;

async function prepare(
  { Wllama, wasm }: Module,
  { file, vocabulary, exact, history, tokens }: WllamaCall,
  threads: number,
): Promise<Prepared> {
  let firstError = '';
  const silent = () => {};
  const logger = {
    debug: silent,
    log: silent,
    warn: silent,
    error(...all: unknown[]) {
      // Those that follow are about the first, or where it stood.
      if (firstError === '' && !/^Stack trace/.test(String(all[0]))) firstError = String(all[0]);
    },
  };
  const explained = async <T>(promise: Promise<T>): Promise<T> => {
    try {
      return await promise;
    } catch (error) {
      throw new Error(`wllama: ${firstError || (error instanceof Error ? error.message : String(error))}`);
    }
  };
  const llama = new Wllama({ default: wasm }, { logger });
  // Of another build, for engines that lack what this one needs, on a server of its own.
  llama.setCompat(null);
  const blob = await blobOf(file);
  const positions = history.length + tokens.length;
  await explained(
    llama.loadModel([blob], {
      // Room for the token that is chosen.
      ...{ n_ctx: positions + 1, n_parallel: 1, n_threads: threads, n_gpu_layers: 0 },
      ...{ warmup: false, log_level: ERROR },
      ...(exact ? { flash_attn: false, cache_type_k: 'f32', cache_type_v: 'f32' } : {}),
    }),
  );
  const all = [...Array.from(history), ...Array.from(tokens)];
  const prompt = all.map((token) => `<${token}>`).join('');
  const ask = async (more: object): Promise<Completion> => {
    const options = { prompt, max_tokens: 1, temperature: 0, cache_prompt: history.length > 0, ...more };
    const answer = await explained(llama.createCompletion(options));
    const { cache_n, prompt_n } = answer.timings;
    if (prompt_n !== tokens.length || cache_n !== history.length)
      throw new Error(
        `wllama put ${prompt_n} tokens behind ${cache_n}, not ${tokens.length} behind ${history.length}`,
      );
    return answer;
  };
  if (history.length > 0) await explained(llama.createCompletion({ prompt, max_tokens: 1, temperature: 0 }));
  // One behind the other: it has one context.
  let last: Promise<unknown> | undefined;
  const before = () => last ?? Promise.resolve();
  return {
    run() {
      last = before().then(() => ask({}));
    },
    sync: () => before().then(() => {}),
    async read() {
      if (!last) throw new Error('there was no run');
      await last;
      const { choices } = await ask({ n_probs: vocabulary });
      return centred(choices[0].logprobs?.content[0].top_logprobs ?? [], vocabulary);
    },
    dispose() {
      before()
        .then(() => llama.exit())
        .catch(() => {});
    },
  };
}

async function blobOf(file: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of file) pieces.push(piece);
  return new Blob(pieces);
}

/** By token, less their mean; NaN for a token that is missing. */
function centred(
  all: readonly { readonly id: number; readonly logprob: number }[],
  size: number,
): Float32Array {
  const out = new Float32Array(size).fill(Number.NaN);
  let sum = 0;
  for (const { logprob } of all) sum += logprob;
  for (const { id, logprob } of all) out[id] = logprob - sum / size;
  return out;
}
