/** What of a model does not fit an adapter. Needs no device. */
import { MOST_BUFFERS } from './dispatches.ts';

export type Limits = Pick<
  GPUSupportedLimits,
  'maxStorageBufferBindingSize' | 'maxBufferSize' | 'maxStorageBuffersPerShaderStage'
>;

/** Why an adapter is not enough for buffers of these sizes, in one line; or undefined. */
export function beyond(
  sizes: readonly (readonly [what: string, bytes: number])[],
  limits: Limits,
): string | undefined {
  if (limits.maxStorageBuffersPerShaderStage < MOST_BUFFERS)
    return `the adapter binds ${limits.maxStorageBuffersPerShaderStage} storage buffers at once, not ${MOST_BUFFERS}`;
  const most = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  const [what, bytes] = sizes.reduce((a, b) => (b[1] > a[1] ? b : a));
  if (bytes <= most) return undefined;
  return `${what}: ${mebibytes(bytes)} MiB, more than the ${mebibytes(most)} MiB of a buffer of the adapter`;
}

const mebibytes = (bytes: number) => Math.ceil(bytes / 2 ** 20);
