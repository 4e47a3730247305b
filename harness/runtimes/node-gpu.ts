/** Dawn, the WebGPU of Chromium, as a package of Node. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { howToGetAdapter, type OpenedGpu, openDevice } from './gpu.ts';

export type NodeGpu = OpenedGpu | { readonly reason: string; close(): void };

/**
 * Where Debian's chromium package puts its software Vulkan driver. Used only when the user has named no driver and no
 * hardware driver gives an adapter.
 */
export const SWIFTSHADER = ['/usr/lib/chromium/vk_swiftshader_icd.json'];

/** Opens the best WebGPU adapter through Dawn (npm package `webgpu`): hardware first, then SwiftShader. */
export async function openGpu(): Promise<NodeGpu> {
  let dawn: typeof import('webgpu');
  try {
    dawn = await import('webgpu');
  } catch {
    return none('the npm package "webgpu" is not installed: run `npm install webgpu`');
  }
  Object.assign(globalThis, dawn.globals);
  // SwiftShader looks for a display and complains on stderr where there is no such folder.
  process.env.XDG_RUNTIME_DIR ??= tmpdir();
  // The adapter dies with this object, and Node does not exit while it is held.
  let gpu: GPU | undefined;
  const attempt = () => {
    // Timestamps are rounded to 65,536 ns otherwise.
    gpu = dawn.create(['disable-dawn-features=timestamp_quantization']);
    return openDevice(gpu);
  };
  let opened = await attempt();
  if (!('device' in opened) && !process.env.VK_DRIVER_FILES) {
    const driver = SWIFTSHADER.find((file) => existsSync(file));
    if (driver) {
      process.env.VK_DRIVER_FILES = driver;
      opened = await attempt();
    }
  }
  if (!('device' in opened)) return none(`${opened.reason}: ${howToGetAdapter('node')}`);
  const { close } = opened;
  return {
    ...opened,
    close: () => {
      close();
      gpu = undefined;
    },
  };
}

function none(reason: string): NodeGpu {
  return { reason, close: () => {} };
}
