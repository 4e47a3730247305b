/** Tests of every variant of a list of kernels on its cases and hostile inputs, against the float64 reference. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caseName, type Kernel, type Reference, type Variant } from '../kernels/kernel.ts';
import { checkOnce, type InputSource, inputSources, unsupported } from '../kernels/lib/check.ts';
import { createProcessHost, type ProcessHost } from './runtimes/process-host.ts';

/** Slow cases are for the fast: plain loops need seconds for them, and so does a GPU that is software. */
function isSlow({ backend }: Variant): boolean {
  return backend === 'js' || backend === 'workers' || backend === 'webgpu';
}
/** Does the CI machine have all that a cell needs? There an `unsupported` is a failure. */
const COMPLETE = process.env.CI === 'true';

/** The kernel with its inputs and references made once: every variant gets the same, and most of the time went into them. */
function remembering(kernel: Kernel): { kernel: Kernel; sources: InputSource[] } {
  const references = new WeakMap<object, Reference>();
  const reference: Kernel['reference'] = (input, shape, random) => {
    const known = references.get(input as object) ?? kernel.reference(input, shape, random);
    references.set(input as object, known);
    return known;
  };
  const sources = inputSources(kernel).map(({ name, make }): InputSource => {
    const inputs = new Map<string, Promise<unknown>>();
    return {
      name,
      async make(shape, random, host) {
        const key = caseName(shape);
        const known = inputs.get(key) ?? Promise.resolve(make(shape, random, host));
        inputs.set(key, known);
        return known;
      },
    };
  });
  return { kernel: { ...kernel, reference }, sources };
}

/** @param slowToo whether fast variants are tested on slow cases too */
export function testEveryVariant(kernels: readonly Kernel[], slowToo = true): void {
  let host: ProcessHost;
  beforeAll(async () => {
    // Three threads: neither the cases' rows nor their tiles divide by it.
    host = await createProcessHost({ gpu: true, threads: 3 });
  });
  afterAll(() => host.close());
  function leavesOut(variant: Variant): boolean {
    const hasFastGpu = 'device' in host.gpu && !host.gpu.device.adapterInfo.isFallbackAdapter;
    return isSlow(variant) && !(variant.backend === 'webgpu' && hasFastGpu);
  }

  for (const listed of kernels) {
    describe(listed.name, () => {
      const { kernel, sources: all } = remembering(listed);
      // Peers, which may not be installed, and start threads of their own, are for `zoo bench --backend peer`, a process each.
      for (const variant of kernel.variants.filter(({ backend }) => backend !== 'peer')) {
        const { metric, bound } = variant.tolerance ?? kernel.tolerance;
        const but =
          (isSlow(variant) || !slowToo) && kernel.cases.some(({ slow }) => slow) ? ' but the slow ones' : '';
        it(`${variant.name}: ${metric} error at most ${bound} on every case${but}, ordinary and hostile`, async ({
          skip,
        }) => {
          let refused: string | undefined;
          let checked = 0;
          for (const { shape, slow } of kernel.cases) {
            if (slow && (!slowToo || leavesOut(variant))) continue;
            // A variant may be for some shapes, or some machines, only, and say so itself.
            const own = variant.unsupported?.(shape, host);
            if (own !== undefined) {
              refused ??= own;
              continue;
            }
            checked++;
            const reason = unsupported(variant, shape, host);
            if (reason !== undefined) {
              expect(COMPLETE, reason).toBe(false);
              skip(reason);
            }
            // A slow case is there for its size; what hostile inputs break, they break at a small size too.
            const sources = all.slice(0, slow ? 1 : undefined);
            for (const source of sources) {
              const verdict = await checkOnce(
                kernel,
                variant,
                shape,
                source,
                `test ${caseName(shape)}`,
                host,
              );
              const label = `${caseName(shape)}, ${source.name}: ${verdict.where}`;
              expect(verdict.value, label).toBeLessThanOrEqual(bound);
            }
          }
          if (checked === 0) skip(refused);
        }, 60_000);
      }
    });
  }
}
