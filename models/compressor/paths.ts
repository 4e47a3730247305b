/** The variants that both pipelines have. */
import type { Backend, Tolerance } from '../../kernels/kernel.ts';
import { quantised } from '../llama/decode.ts';
import type { LlamaPath } from './llama.ts';

export interface PathKind {
  readonly name: string;
  readonly path: LlamaPath;
  readonly backend: Backend;
  readonly idea: string;
  /** Products of integers, which some formats have. */
  readonly integers?: true;
}

export const PATHS: readonly PathKind[] = [
  {
    name: 'naive',
    path: 'js',
    backend: 'js',
    idea: 'the model in plain loops, byte by byte, what a new window begins with too',
  },
  {
    name: 'simd-f32',
    path: 'simd-f32',
    backend: 'wasm',
    idea: 'a byte as one WASM call, in float32; what a new window begins with as one pass of matrix products',
  },
  {
    name: 'simd',
    path: 'simd',
    backend: 'wasm',
    idea: 'the same straight from the quantised blocks, with activations of 8 bits: a quarter of the bytes are read',
    integers: true,
  },
  {
    name: 'simd-threads',
    path: 'simd-threads',
    backend: 'wasm-threads',
    idea: 'rows shared among threads: a byte of a small model is too little work for them to gain much',
    integers: true,
  },
];

export const INTEGERS = { arithmetic: 'i8', unsupported: quantised.unsupported } as const;

export const EIGHT_BITS: Tolerance = {
  metric: 'nmse',
  bound: 1e-4,
  why: 'activations of 8 bits move logits by a fraction of their size (see llama-decode): with random weights 1.3e-6 was found, and 0.08 of eight bits would be 1e-4',
};
