/** WebGPU in a process: Deno has its own; Node and Bun have Dawn, that of Chromium, as a package. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { howToGetAdapter, type OpenedGpu, openDevice } from './gpu.ts';

export type ProcessGpu = OpenedGpu | { readonly reason: string; close(): void };

/**
 * Where Debian's chromium package puts its software Vulkan driver. Used only when the user has named no driver and no
 * hardware driver gives an adapter.
 */
export const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * Opens the best WebGPU adapter: hardware first, then SwiftShader.
 * @param runtime `node`, `bun` or `deno`
 */
export async function openProcessGpu(runtime: string): Promise<ProcessGpu> {
  // SwiftShader looks for a display and complains on stderr where there is no such folder.
  process.env.XDG_RUNTIME_DIR ??= tmpdir();
  const own = runtime === 'deno' ? navigator.gpu : undefined;
  const dawn = runtime === 'deno' ? undefined : await importDawn();
  if (dawn === 'missing') return none('the npm package "webgpu" is not installed: run `npm install webgpu`');
  // The adapter dies with this object, and Node does not exit while it is held.
  let gpu: GPU | undefined;
  const attempt = () => {
    // Timestamps are rounded to 65,536 ns otherwise.
    gpu = dawn ? dawn.create(['disable-dawn-features=timestamp_quantization']) : own;
    return openDevice(gpu);
  };
  let opened = await attempt();
  if (!('device' in opened) && !process.env.VK_DRIVER_FILES && existsSync(SWIFTSHADER)) {
    process.env.VK_DRIVER_FILES = SWIFTSHADER;
    opened = await attempt();
  }
  if (!('device' in opened)) return none(`${opened.reason}: ${howToGetAdapter(runtime)}`);
  const { close } = opened;
  return {
    ...opened,
    close: () => {
      close();
      gpu = undefined;
    },
  };
}

async function importDawn(): Promise<typeof import('webgpu') | 'missing'> {
  try {
    const dawn = await import('webgpu');
    Object.assign(globalThis, dawn.globals);
    return dawn;
  } catch {
    return 'missing';
  }
}

function none(reason: string): ProcessGpu {
  return { reason, close: () => {} };
}
