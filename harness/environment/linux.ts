/** What Linux tells of the machine and of its other work. Every function gives undefined where the system does not say. */

/** Content of a file, or undefined. */
export type ReadFile = (path: string) => string | undefined;

/** CPU time since boot, of all cores together, in seconds. */
export interface CpuTime {
  /** Spent on any process, interrupts included, stolen time not. */
  readonly busy: number;
  /** Taken by the hypervisor while a process wanted to run. */
  readonly stolen: number;
}

/** The kernel's unit of time in /proc/stat: USER_HZ, 100 on every architecture that Node runs on. */
const TICKS = 100;

/** From the first line of /proc/stat (man 5 proc): user, nice, system, idle, iowait, irq, softirq, steal; guest is in user. */
export function cpuTime(read: ReadFile): CpuTime | undefined {
  const line = /^cpu +(.+)$/m.exec(read('/proc/stat') ?? '');
  const ticks = line?.[1]?.split(' ').map(Number);
  if (!ticks || ticks.length < 4 || ticks.some(Number.isNaN)) return undefined;
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = ticks;
  return { busy: (user + nice + system + irq + softirq) / TICKS, stolen: steal / TICKS };
}

/** Runnable and waiting threads, averaged over the last minute. */
export function load1(read: ReadFile): number | undefined {
  const value = Number.parseFloat(read('/proc/loadavg') ?? '');
  return Number.isNaN(value) ? undefined : value;
}

/** Seconds that this process's group was held back because its CPU quota was spent (cgroup v2, else v1). */
export function throttledTime(read: ReadFile): number | undefined {
  for (const folder of cgroupFolders(read)) {
    const text = read(`${folder}/cpu.stat`);
    const v2 = /^throttled_usec (\d+)$/m.exec(text ?? '');
    if (v2) return Number(v2[1]) / 1e6;
    const v1 = /^throttled_time (\d+)$/m.exec(text ?? '');
    if (v1) return Number(v1[1]) / 1e9;
  }
  return undefined;
}

/** Cores that the process's group may use at once, where that is limited. */
export function cpuQuota(read: ReadFile): number | undefined {
  for (const folder of cgroupFolders(read)) {
    const v2 = /^(\d+) (\d+)/.exec(read(`${folder}/cpu.max`) ?? '');
    if (v2) return Number(v2[1]) / Number(v2[2]);
    const quota = Number.parseInt(read(`${folder}/cpu.cfs_quota_us`) ?? '', 10);
    const period = Number.parseInt(read(`${folder}/cpu.cfs_period_us`) ?? '', 10);
    if (quota > 0 && period > 0) return quota / period;
  }
  return undefined;
}

/** The group's own folder; then the root, which is the group's inside a container. */
function cgroupFolders(read: ReadFile): string[] {
  const text = read('/proc/self/cgroup') ?? '';
  const v2 = /^0::(\/.*)$/m.exec(text)?.[1];
  const v1 = /^\d+:(?:[^:]*,)?cpu(?:,[^:]*)?:(\/.*)$/m.exec(text)?.[1];
  const folder = (mount: string, path: string) => `${mount}${path === '/' ? '' : path}`;
  return [
    ...(v2 === undefined ? [] : [folder('/sys/fs/cgroup', v2), '/sys/fs/cgroup']),
    ...(v1 === undefined ? [] : [folder('/sys/fs/cgroup/cpu', v1), '/sys/fs/cgroup/cpu']),
  ];
}

/** Bytes of the data caches of the first core, by name: `L1`, `L2`, `L3`. */
export function caches(read: ReadFile): Record<string, number> | undefined {
  const found: Record<string, number> = {};
  for (let i = 0; i < 8; i++) {
    const folder = `/sys/devices/system/cpu/cpu0/cache/index${i}`;
    const type = read(`${folder}/type`)?.trim();
    if (type === undefined) break;
    if (type === 'Instruction') continue;
    const size = /^(\d+)([KMG])?$/.exec(read(`${folder}/size`)?.trim() ?? '');
    const level = read(`${folder}/level`)?.trim();
    if (!size || !level) continue;
    const unit = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[size[2] ?? ''] ?? 1;
    found[`L${level}`] = Number(size[1]) * unit;
  }
  return Object.keys(found).length > 0 ? found : undefined;
}

/** `Debian GNU/Linux 12 (bookworm)` */
export function distribution(read: ReadFile): string | undefined {
  return /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(read('/etc/os-release') ?? '')?.[1];
}
