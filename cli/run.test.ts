/** `zoo run` in fresh processes: what loading a model takes of memory, as it says it, and its text on a device. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildWasm } from '../harness/build-wasm.ts';
import { ROOT } from '../harness/root.ts';
import { writeGgufFile } from '../models/gguf/file.ts';
import { presetModel } from '../models/gguf/presets.ts';
import { tensorBytes } from '../models/gguf/types.ts';

let folder: string;
beforeAll(async () => {
  await buildWasm();
  folder = mkdtempSync(join(tmpdir(), 'zoo-run-'));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

it('loads SmolLM2-135M in Q8_0, 143 MB, with at most 1.2 times as much memory above what the process had', async () => {
  const file = join(folder, 'zeros.gguf');
  const { metadata, tensors } = presetModel({ preset: 'smollm2-135m', type: 'q8_0', seed: 'zeros' });
  // Making random weights would take most of the test, and loading does not look at them.
  const zeros = tensors.map((tensor) => ({
    ...tensor,
    *data() {
      yield new Uint8Array(tensorBytes(tensor.type, tensor.dims));
    },
  }));
  await writeGgufFile(file, { metadata, tensors: zeros });
  const zoo = [join(ROOT, 'cli/zoo.js'), 'run', file, '--prompt', 'a', '--tokens', '1'];
  const { stderr } = await promisify(execFile)(process.execPath, zoo);
  const [, weights, times] = /loaded ([\d.]+) MB in .* \(([\d.]+)× the weights\)/.exec(stderr) ?? [];
  expect(weights, stderr).toBe('143');
  expect(Number(times)).toBeLessThanOrEqual(1.2);
  expect(Number(times)).toBeGreaterThan(0.9);
}, 120_000);

it('says the same on WebGPU, token by token', async ({ skip }) => {
  const text = async (...options: string[]) => {
    const zoo = [join(ROOT, 'cli/zoo.js'), 'run', 'llama', '--prompt', 'In the', '--tokens', '6'];
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...zoo,
      '--temperature',
      '0',
      ...options,
    ]);
    return stdout;
  };
  const expected = await text('--exact');
  const got = await text('--backend', 'webgpu').catch((error: { stderr: string }) => {
    if (process.env.CI === 'true' || !/no WebGPU|not installed/.test(error.stderr)) throw error;
    skip(error.stderr);
  });
  expect(got).toBe(expected);
}, 120_000);
