import { describe, expect, it } from 'vitest';
import { caches, cpuQuota, cpuTime, distribution, load1, type ReadFile, throttledTime } from './linux.ts';
import { machine } from './machine.ts';

const files =
  (contents: Record<string, string>): ReadFile =>
  (path) =>
    contents[path];
const nothing = files({});

describe('what Linux tells', () => {
  it('is CPU time: guests within user, idle and waiting left out, stolen apart', () => {
    const read = files({ '/proc/stat': 'cpu  100 20 30 4000 500 6 7 80 90 9\ncpu0 1 1 1 1 1 1 1 1 1 1\n' });
    expect(cpuTime(read)).toEqual({ busy: 1.63, stolen: 0.8 });
    expect(cpuTime(files({ '/proc/stat': 'cpu  1 2 3 4\n' }))).toEqual({ busy: 0.06, stolen: 0 });
  });

  it('is the load, the distribution, and the data caches of a core', () => {
    const cache = (index: number, level: number, type: string, size: string) => {
      const folder = `/sys/devices/system/cpu/cpu0/cache/index${index}`;
      return {
        [`${folder}/level`]: `${level}\n`,
        [`${folder}/type`]: `${type}\n`,
        [`${folder}/size`]: `${size}\n`,
      };
    };
    const read = files({
      '/proc/loadavg': '1.28 0.61 0.40 2/91 4242\n',
      '/etc/os-release': 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
      ...cache(0, 1, 'Data', '48K'),
      ...cache(1, 1, 'Instruction', '32K'),
      ...cache(2, 2, 'Unified', '1024K'),
      ...cache(3, 3, 'Unified', '32M'),
    });
    expect(load1(read)).toBe(1.28);
    expect(distribution(read)).toBe('Debian GNU/Linux 12 (bookworm)');
    expect(caches(read)).toEqual({ L1: 49152, L2: 1 << 20, L3: 32 << 20 });
  });

  it('is quota and throttling of the own cgroup in version 2, seen from outside or inside its container', () => {
    const outside = files({
      '/proc/self/cgroup': '0::/user.slice/job\n',
      '/sys/fs/cgroup/cpu.stat': 'usage_usec 1\nthrottled_usec 7\n',
      '/sys/fs/cgroup/user.slice/job/cpu.max': '150000 100000\n',
      '/sys/fs/cgroup/user.slice/job/cpu.stat': 'usage_usec 5\nnr_throttled 3\nthrottled_usec 2500000\n',
    });
    expect([cpuQuota(outside), throttledTime(outside)]).toEqual([1.5, 2.5]);
    const inside = files({
      '/proc/self/cgroup': '0::/not/mounted\n',
      '/sys/fs/cgroup/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/cpu.stat': 'throttled_usec 0\n',
    });
    expect([cpuQuota(inside), throttledTime(inside)]).toEqual([undefined, 0]);
  });

  it('is the same in version 1', () => {
    const read = files({
      '/proc/self/cgroup': '5:memory:/a\n4:cpu,cpuacct:/docker/abc\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '50000\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/cpu/cpu.stat': 'nr_periods 9\nnr_throttled 1\nthrottled_time 3000000000\n',
    });
    expect([cpuQuota(read), throttledTime(read)]).toEqual([0.5, 3]);
  });

  it('is nothing, without a failure, where there are no such files or others than expected', () => {
    const odd = files({ '/proc/stat': 'intr 1 2\n', '/proc/loadavg': '', '/proc/self/cgroup': 'x' });
    for (const read of [nothing, odd]) {
      const told = [cpuTime, load1, throttledTime, cpuQuota, caches, distribution].map((ask) => ask(read));
      expect(told).toEqual(Array(6).fill(undefined));
    }
    expect(Object.keys(machine(nothing)).sort()).toEqual(['kernel', 'memoryBytes', 'os']);
  });
});
