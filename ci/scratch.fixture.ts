/** A repository with real commits of a user's kernel file, for tests. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param repository a folder that does not exist yet */
export function scratchRepository(repository: string) {
  mkdirSync(repository, { recursive: true });
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=zoo', '-c', 'user.email=zoo@localhost', ...args], {
      cwd: repository,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  git('init', '-q', '-b', 'main');
  return {
    repository,
    git,
    /** @returns the commit of `kernel.mjs` with this content, and of other files by their names */
    commit(message: string, file: string, others: Readonly<Record<string, string>> = {}): string {
      for (const [name, text] of Object.entries({ 'kernel.mjs': file, ...others }))
        writeFileSync(join(repository, name), text);
      git('add', '-A');
      git('commit', '-q', '--allow-empty', '-m', message);
      return git('rev-parse', 'HEAD');
    },
  };
}

/** A kernel `toy`: variants by name, each the body of its loop over `i`. */
export function kernelFile(variants: Record<string, string>): string {
  const list = Object.entries(variants).map(
    ([name, body]) => `{
      name: '${name}', backend: 'js', idea: 'one of several',
      prepare(x) {
        const out = new Float32Array(x.length);
        let kept;
        return {
          run() { for (let i = 0; i < x.length; i++) { ${body} } },
          read: () => out.slice(), poison: (v) => out.fill(v), dispose() {},
        };
      },
    }`,
  );
  return `export default {
    name: 'toy', formula: 'out[N] = x[N]²', cases: [{ shape: { N: 4096 }, from: 'scratch' }],
    inputs: ({ N }, rng) => Float32Array.from({ length: N }, () => rng.normal()),
    reference: (x) => ({ values: Float64Array.from(x, (v) => v * v) }),
    tolerance: { metric: 'rel', bound: 1e-6, why: 'one rounding' },
    work: ({ N }) => ({ flops: N, bytes: 8 * N }),
    variants: [${list.join(',')}],
  };`;
}

export const SQUARE = 'out[i] = x[i] * x[i];';
export const SLOW =
  'let s = 0; for (let k = 0; k < 8; k++) s += Math.sqrt(x[i] * x[i] + k); out[i] = s > -1 ? x[i] * x[i] : s;';

/** A pipeline `toy-decode`, whose kernels are files beside it: a token is two steps over 64 Ki elements. */
export const PIPELINE = `
  import { multiply } from './multiply.mjs';
  import { accumulate } from './accumulate.mjs';
  export default {
    name: 'toy-decode', kind: 'pipeline', formula: 'out[N] = x[N]² + 1',
    cases: [{ shape: { N: 65536 }, from: 'scratch' }],
    inputs: ({ N }, rng) => Float32Array.from({ length: N }, () => rng.normal()),
    reference: (x) => ({ values: Float64Array.from(x, (v) => v * v + 1) }),
    tolerance: { metric: 'rel', bound: 1e-6, why: 'two roundings' },
    work: ({ N }) => ({ flops: 2 * N, bytes: 8 * N, tokens: 1 }),
    variants: [{
      name: 'js', backend: 'js', idea: 'one after the other',
      prepare(x) {
        const out = new Float32Array(x.length);
        return {
          run() { multiply(x, out); accumulate(out); },
          read: () => out.slice(), poison: (v) => out.fill(v), dispose() {},
        };
      },
    }],
  };`;

/** Its kernels. @param multiply the body of the loop of one of them */
export const pipelineKernels = (multiply: string) => ({
  'multiply.mjs': `export function multiply(x, out) { for (let i = 0; i < x.length; i++) { ${multiply} } }`,
  'accumulate.mjs': 'export function accumulate(out) { for (let i = 0; i < out.length; i++) out[i] += 1; }',
});
