import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { now } from '../harness/clock.ts';
import { UsageError } from '../harness/errors.ts';
import { ROOT } from '../harness/root.ts';
import { createProcessHost, type ProcessHost } from '../harness/runtimes/process-host.ts';
import { quantile, sorted } from '../harness/stats/median.ts';
import { rng } from '../kernels/lib/rng.ts';
import { openGgufFile } from '../models/gguf/file.ts';
import {
  type Generated,
  type GenerateOptions,
  generate,
  generateOnDevice,
} from '../models/llama/generate.ts';
import { LlamaGpu } from '../models/llama/gpu/model.ts';
import { unfit } from '../models/llama/gpu/plan.ts';
import { LlamaWasm } from '../models/llama/simd.ts';
import { LlamaWeights } from '../models/llama/weights.ts';
import { cacheBytes } from '../models/llama/work.ts';
import { samplerOf } from '../models/sampler.ts';
import { tokenizerOf } from '../models/tokenizers/index.ts';
import { byteSize, digits, ratio } from '../reports/format.ts';

interface RunOptions {
  prompt: string;
  tokens: number;
  temperature: number;
  topK?: number;
  topP?: number;
  seed: string;
  threads?: number;
  exact?: boolean;
  backend: 'wasm' | 'webgpu';
}

/** Made by models/training, and not part of the package. */
const TRAINED = join(ROOT, 'models/trained/kjv-bytes-f16.gguf');
/** Tokens of a prompt that go through the model at once. */
const BATCH = 512;

/** A model that is loaded for a prompt. */
interface Loaded {
  generate(prompt: ArrayLike<number>, options: GenerateOptions): Generated | Promise<Generated>;
}

interface Room {
  readonly capacity: number;
  readonly batch: number;
}

async function inWasm(
  weights: LlamaWeights,
  host: ProcessHost,
  room: Room,
  { exact = false, threads = 1 }: RunOptions,
): Promise<Loaded> {
  const llama = await LlamaWasm.load(weights, host, { ...room, exact, threaded: threads > 1 });
  return { generate: (prompt, options) => generate(llama, prompt, options) };
}

/** @throws UsageError where there is no adapter, or it is not enough for the model */
async function onDevice(weights: LlamaWeights, host: ProcessHost, room: Room): Promise<Loaded> {
  const { gpu } = host;
  if (!('device' in gpu)) throw new UsageError(gpu.reason);
  const { config, types } = weights;
  const why = unfit({ config, types, ...room }, gpu.device.limits);
  if (why !== undefined) throw new UsageError(why);
  if (gpu.isSoftware) process.stderr.write(`a software adapter, which is slow: ${gpu.adapter}\n`);
  const llama = await LlamaGpu.load(weights, host, room);
  const model = {
    ...room,
    prefill: (tokens: Int32Array, position: number) => llama.run(tokens, position),
    decode: (token: number, position: number) => llama.run([token], position),
    logits: () => llama.logits(),
  };
  return { generate: (prompt, options) => generateOnDevice(model, prompt, options) };
}

const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('it is a number');
  return value;
};
const count = (text: string): number => {
  const value = number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('it is a whole number from 1 on');
  return value;
};

export function register(program: Command): void {
  program
    .command('run')
    .description('text from a model: the fastest pipeline of the zoo on a GGUF file')
    .argument('<model>', 'a GGUF file, or "llama": the small model that this project has trained')
    .requiredOption('--prompt <text>', 'what the text begins with')
    .option('--tokens <n>', 'at most so many', count, 200)
    .option('--temperature <t>', '0 is the most likely token each time', number, 0.8)
    .option('--top-k <n>', 'only the n most likely tokens', count)
    .option('--top-p <share>', 'only the most likely tokens with this share of the probability', number)
    .option('--seed <text>', 'the same seed gives the same text', '1')
    .option('--threads <n>', 'more than 1 share the rows of products', count)
    .option('--exact', 'float32 products of dequantised weights, in place of integer ones')
    .addOption(
      new Option(
        '--backend <name>',
        'where products are done; webgpu: in float32, of weights as the file has them',
      )
        .choices(['wasm', 'webgpu'])
        .default('wasm'),
    )
    .action(async (model: string, options: RunOptions) => {
      const isGpu = options.backend === 'webgpu';
      if (isGpu && (options.threads !== undefined || options.exact))
        throw new UsageError('--threads and --exact are of the back end wasm');
      const file = model === 'llama' ? TRAINED : model;
      if (model === 'llama' && !existsSync(file))
        throw new UsageError('the trained model is not part of the package: give a GGUF file');
      const gguf = await openGgufFile(file);
      const host = await createProcessHost({
        ...(options.threads ? { threads: options.threads } : {}),
        gpu: isGpu,
      });
      try {
        const weights = new LlamaWeights(gguf);
        const tokenizer = tokenizerOf(gguf);
        const { config } = weights;
        const prompt = tokenizer.encode(options.prompt, { special: true });
        if (prompt.length === 0)
          throw new UsageError('an empty prompt: this model has no token that begins a text');
        if (prompt.length > config.context)
          throw new UsageError(`a prompt of ${prompt.length} tokens, and a model for ${config.context}`);
        let sample: ReturnType<typeof samplerOf>;
        try {
          sample = samplerOf(config.vocabulary, options, rng(options.seed));
        } catch (error) {
          throw new UsageError((error as Error).message);
        }
        const before = process.memoryUsage().rss;
        const loading = now();
        const room = {
          capacity: Math.min(config.context, prompt.length + options.tokens),
          batch: Math.min(BATCH, prompt.length),
        };
        const llama = isGpu
          ? await onDevice(weights, host, room)
          : await inWasm(weights, host, room, options);
        const loadMs = now() - loading;
        const peak = peakBytes() - before;
        const text = tokenizer.stream({ continues: true });
        process.stdout.write(options.prompt);
        const generated = await llama.generate(prompt, {
          tokens: options.tokens,
          sample,
          eos: tokenizer.eos,
          now,
          onToken: (token) => process.stdout.write(text.push(token)),
        });
        process.stdout.write(`${text.end()}\n`);
        const loaded = `loaded ${byteSize(weights.bytes)} in ${digits(loadMs)} ms, for which the process grew by ${byteSize(peak)} at most (${ratio(peak / weights.bytes)} the weights); ${byteSize(cacheBytes(config, room.capacity))} ${isGpu ? 'of cache on the device' : 'of them cache'}`;
        process.stderr.write(`${loaded}\n${summary(generated, prompt.length)}\n`);
      } finally {
        await host.close();
        await gguf.close();
      }
    });
}

/** The most memory that the process has ever had; the system counts kilobytes. */
function peakBytes(): number {
  return 1024 * process.resourceUsage().maxRSS;
}

function summary({ stopped, promptMs, firstTokenMs, tokenMs }: Generated, prompt: number): string {
  const per = (tokens: number, ms: number) => `${digits((tokens / ms) * 1000)} tokens/s`;
  const lines = [
    `prompt: ${prompt} tokens, ${per(prompt, promptMs)}; first token after ${digits(firstTokenMs)} ms`,
  ];
  if (tokenMs.length > 0) {
    const ascending = sorted(tokenMs);
    const total = tokenMs.reduce((a, b) => a + b, 0);
    const at = (q: number) => digits(quantile(ascending, q));
    lines.push(
      `${tokenMs.length} further tokens: ${per(tokenMs.length, total)}; each ${at(0.5)} ms (p50), ${at(0.9)} (p90), ${at(0.99)} (p99)`,
    );
  }
  const why = { tokens: '--tokens reached', eos: 'the model ended it', cache: 'its context is full' }[
    stopped
  ];
  return [...lines, `stopped: ${why}`].join('\n');
}
