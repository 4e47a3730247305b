import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';

export type NodeGpu =
  | { readonly device: GPUDevice; readonly adapter: string; readonly isSoftware: boolean; close(): void }
  | { readonly reason: string; close(): void };

/**
 * Where Debian's chromium package puts its software Vulkan driver. Used only when the user has named no driver and no
 * hardware driver gives an adapter.
 */
const SWIFTSHADER = ['/usr/lib/chromium/vk_swiftshader_icd.json'];

const HOW_TO_GET_ONE =
  'install a Vulkan driver, or for a software adapter `apt-get install chromium libvulkan1`, or name one in VK_DRIVER_FILES';

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
  const attempt = async () => {
    // Timestamps are rounded to 65,536 ns otherwise.
    gpu = dawn.create(['disable-dawn-features=timestamp_quantization']);
    return gpu.requestAdapter({ powerPreference: 'high-performance' });
  };
  let adapter = await attempt();
  if (!adapter && !process.env.VK_DRIVER_FILES) {
    const driver = SWIFTSHADER.find((file) => existsSync(file));
    if (driver) {
      process.env.VK_DRIVER_FILES = driver;
      adapter = await attempt();
    }
  }
  if (!adapter) return none(`no WebGPU adapter: ${HOW_TO_GET_ONE}`);
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredFeatures: adapter.features.has('shader-f16') ? ['shader-f16'] : [],
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
  });
  const { vendor, architecture, device: model, description } = adapter.info;
  const name = [vendor, architecture, model, description].filter(Boolean).join(' ');
  return {
    device,
    adapter: name,
    isSoftware: /swiftshader|llvmpipe|lavapipe/i.test(name),
    close: () => {
      device.destroy();
      gpu = undefined;
    },
  };
}

function none(reason: string): NodeGpu {
  return { reason, close: () => {} };
}
