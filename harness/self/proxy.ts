/** Kernels whose cases each stand for a cell of the zoo, so that what is measured of the harness is measured on real code. */
import { KERNELS } from '../../kernels/index.ts';
import { defineKernel, type Host, type Kernel, type Prepared, type Variant } from '../../kernels/kernel.ts';
import { unsupported } from '../../kernels/lib/check.ts';
import { parseCase } from '../plan.ts';

/** `of`: by which name the cell is known here. */
export type ProxyShape = { readonly of: string; readonly [key: string]: string };

export type Targets = Readonly<Record<string, readonly [kernel: string, variant: string, name: string]>>;

export function targetOf(targets: Targets, { of }: ProxyShape) {
  const [kernelName, variantName, name] = targets[of]!;
  const kernel = KERNELS.find((candidate) => candidate.name === kernelName)!;
  const variant = kernel.variants.find((candidate) => candidate.name === variantName)!;
  return { kernel, variant, shape: parseCase(kernel, name) };
}

/** Can the cell run here, and made ready: for the variants of a {@link proxyKernel}. */
export const proxied = (targets: Targets) => ({
  unsupported(shape: ProxyShape, host: Host): string | undefined {
    const { variant, shape: own } = targetOf(targets, shape);
    return unsupported(variant, own, host);
  },
  prepare(input: unknown, shape: ProxyShape, host: Host): Prepared | Promise<Prepared> {
    const { variant, shape: own } = targetOf(targets, shape);
    return variant.prepare(input, own, host);
  },
});

export function proxyKernel<S extends ProxyShape>(
  name: string,
  targets: Targets,
  shapes: readonly S[],
  variants: readonly Variant<unknown, S>[],
): Kernel {
  return defineKernel<unknown, S>({
    name,
    formula: 'the variant that `of` names',
    cases: shapes.map((shape) => ({ shape, from: targets[shape.of]!.join(' ') })),
    inputs(shape, rng, host) {
      const { kernel, shape: own } = targetOf(targets, shape);
      return kernel.inputs(own, rng, host);
    },
    reference(input, shape, rng) {
      const { kernel, shape: own } = targetOf(targets, shape);
      return kernel.reference(input, own, rng);
    },
    tolerance: {
      metric: 'nmse',
      bound: 1e-6,
      why: 'that each ran; its accuracy is checked in the cells of its own kernel',
    },
    work(shape) {
      const { kernel, shape: own } = targetOf(targets, shape);
      return kernel.work(own);
    },
    variants,
  });
}
