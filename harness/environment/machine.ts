/** The machine as records describe it. */
import { readFileSync } from 'node:fs';
import { type as osType, release, totalmem } from 'node:os';
import type { HostInfo } from '../record.ts';
import { caches, cpuQuota, distribution, type ReadFile } from './linux.ts';

export const readSystem: ReadFile = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // not Linux, or not allowed
  }
};

export function machine(
  read: ReadFile = readSystem,
): Pick<HostInfo, 'os' | 'kernel' | 'memoryBytes' | 'caches' | 'cpuQuota'> {
  const [found, quota] = [caches(read), cpuQuota(read)];
  return {
    os: distribution(read) ?? osType(),
    kernel: `${osType()} ${release()}`,
    memoryBytes: totalmem(),
    ...(found ? { caches: found } : {}),
    ...(quota === undefined ? {} : { cpuQuota: quota }),
  };
}
