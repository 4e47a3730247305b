/**
 * Cells on which `zoo gate --self-test` tries the gate: variants of the zoo with short calls, and the same with a slowdown that is known.
 * Every call owes a share of its work, in the candidate one that makes n % more, and the call that completes a whole one does its
 * work twice; batches, which are what is timed, last half a millisecond, some hundreds to thousands of such calls, so that all of
 * them take n % longer to a fraction of a percent. Nothing is calibrated by a clock. Both sides go through the same wrapper, whose
 * own nanosecond or two is in both, and both repeat calls: a branch that one side never took would be compiled for one only.
 */
import { defineVariant, type Kernel } from '../../kernels/kernel.ts';
import { type ProxyShape, proxied, proxyKernel, type Targets, targetOf } from './proxy.ts';

/** `more`: how many percent of its work the candidate repeats. */
type Shape = ProxyShape & { readonly more: string };

/** Calls of 0.2 to 1.5 µs, of JavaScript and of WASM; each a variant here, because a variant has processes of its own. */
const CELLS: Targets = {
  gelu: ['gelu', 'simd', 'N=512'],
  softmax: ['softmax', 'simd', 'R=16,C=128'],
  rmsnorm: ['rmsnorm', 'simd', 'R=4,C=576'],
  'gelu-js': ['gelu', 'blocked', 'N=128'],
};

export const UNCHANGED = 0;
/** Share of the calls that the base repeats. */
export const REPEATED = 0.02;
/** In percent. */
export const SLOWDOWNS = [3, 5, 10] as const;

export const GATE_CELLS = Object.keys(CELLS).flatMap((of) =>
  [UNCHANGED, ...SLOWDOWNS].map((more) => ({ id: `gate/${of}@of=${of},more=${more}`, more })),
);

export function gateKernel(side: 'base' | 'candidate'): Kernel {
  const { unsupported, prepare } = proxied(CELLS);
  const shapes = Object.keys(CELLS).flatMap((of) =>
    [UNCHANGED, ...SLOWDOWNS].map((more): Shape => ({ of, more: String(more) })),
  );
  const variants = Object.keys(CELLS).map((name) =>
    defineVariant<unknown, Shape>({
      name,
      backend: targetOf(CELLS, { of: name }).variant.backend,
      idea: 'a variant of the zoo, of whose work the candidate repeats a share',
      unsupported: (shape, host) =>
        shape.of === name ? unsupported(shape, host) : 'the case of another variant',
      async prepare(input, shape, host) {
        const inner = await prepare(input, shape, host);
        const share = side === 'candidate' ? (1 + REPEATED) * (1 + Number(shape.more) / 100) - 1 : REPEATED;
        let owed = 0;
        return {
          run() {
            inner.run();
            owed += share;
            if (owed >= 1) {
              owed -= 1;
              inner.run();
            }
          },
          read: () => inner.read(),
          poison: (value) => inner.poison?.(value),
          dispose: () => inner.dispose(),
        };
      },
    }),
  );
  return proxyKernel('gate', CELLS, shapes, variants);
}
