/** WebGPU whatever the engine: pages and Deno hand in `navigator.gpu`, Node hands in Dawn's. */
import type { HostInfo } from '../record.ts';

/** What a record says of an adapter. */
export interface GpuInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** Name and version, where the engine gives them away. */
  readonly driver?: string;
  /** Of the device, which has what the adapter offers of {@link FEATURES}; and of {@link LANGUAGE_FEATURES}. */
  readonly features: readonly string[];
  /** {@link LIMITS} of the device; `subgroupMinSize` and `subgroupMaxSize` where it has subgroups. */
  readonly limits: Readonly<Record<string, number>>;
}

export interface OpenedGpu {
  readonly device: GPUDevice;
  /** Vendor, architecture, device and description in one line; empty where the engine hides them all. */
  readonly adapter: string;
  readonly isSoftware: boolean;
  /** Of WGSL, as `gpu.wgslLanguageFeatures`; shaders need not enable them. */
  readonly languageFeatures: ReadonlySet<string>;
  readonly info: GpuInfo;
  close(): void;
}

/** What kernels and the clock can use, asked for where the adapter offers it. */
export const FEATURES = ['shader-f16', 'subgroups', 'timestamp-query'] as const;

/** Of WGSL, what kernels can use. */
export const LANGUAGE_FEATURES = ['packed_4x8_integer_dot_product'] as const;

/**
 * Asked for as high as the adapter goes, because the defaults are those of a telephone: how large a tensor may be, how much a
 * workgroup may share, how many may work in it, and how many tensors a kernel may take.
 */
export const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
] as const;

/** Mesa's llvmpipe and lavapipe, Chromium's SwiftShader, Direct3D's WARP: they run shaders on the processor. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|microsoft basic render|\bwarp\b/i;

/**
 * Opens the fastest adapter of a `GPU` object.
 * @param gpu undefined where the engine has no WebGPU
 * @param runtime as in `--runtime`: the reason then says how that engine gets an adapter
 * @returns a reason, in one line, where there is no adapter or it gives no device
 */
export async function openDevice(
  gpu: GPU | undefined,
  runtime?: string,
): Promise<OpenedGpu | { readonly reason: string }> {
  const how = runtime === undefined ? '' : `: ${howToGetAdapter(runtime)}`;
  if (!gpu) return { reason: `no WebGPU in this engine${how}` };
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) return { reason: `no WebGPU adapter${how}` };
    const device = await adapter.requestDevice({
      requiredFeatures: FEATURES.filter((name) => adapter.features.has(name)),
      requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]])),
    });
    const languageFeatures = new Set(gpu.wgslLanguageFeatures ?? []);
    const info = describe(device, adapter.info, languageFeatures);
    const name = [info.vendor, info.architecture, info.device, info.description].filter(Boolean).join(' ');
    return {
      device,
      adapter: name,
      isSoftware: adapter.info.isFallbackAdapter === true || SOFTWARE.test(name),
      languageFeatures,
      info,
      close: () => device.destroy(),
    };
  } catch (error) {
    return { reason: `the WebGPU adapter gives no device: ${(error as Error).message}` };
  }
}

/** What a record's `host` says of the GPU; nothing where there is none. */
export function gpuOf(
  gpu: OpenedGpu | { readonly reason: string },
): Pick<HostInfo, 'gpuAdapter' | 'gpuIsSoftware' | 'gpuDriver' | 'gpuFeatures' | 'gpuLimits'> {
  if (!('device' in gpu)) return {};
  const { driver, features, limits } = gpu.info;
  return {
    gpuAdapter: gpu.adapter,
    gpuIsSoftware: gpu.isSoftware,
    ...(driver === undefined ? {} : { gpuDriver: driver }),
    gpuFeatures: [...features],
    gpuLimits: { ...limits },
  };
}

function describe(
  device: GPUDevice,
  info: GPUAdapterInfo & { readonly driver?: string },
  languageFeatures: ReadonlySet<string>,
): GpuInfo {
  const { vendor, architecture, device: model, description } = info;
  // Chromium gives `driver` with developer features on; Dawn in Node and Deno give it in place of a description.
  const driver = info.driver || (/\d\.\d/.test(description) ? description : '');
  const limits: Record<string, number> = {};
  for (const name of LIMITS) limits[name] = device.limits[name];
  if (device.features.has('subgroups')) {
    const { subgroupMinSize, subgroupMaxSize } = info;
    if (subgroupMinSize !== undefined) limits.subgroupMinSize = subgroupMinSize;
    if (subgroupMaxSize !== undefined) limits.subgroupMaxSize = subgroupMaxSize;
  }
  return {
    vendor,
    architecture,
    device: model,
    description,
    ...(driver ? { driver } : {}),
    features: [
      ...FEATURES.filter((name) => device.features.has(name)),
      ...LANGUAGE_FEATURES.filter((name) => languageFeatures.has(name)),
    ],
    limits,
  };
}

const VULKAN = 'install a Vulkan driver for the GPU';
const SOFTWARE_VULKAN = 'for a software adapter `apt-get install chromium libvulkan1`';
const SWIFTSHADER = 'VK_DRIVER_FILES=/usr/lib/chromium/vk_swiftshader_icd.json';

/** Which package or flag brings an engine an adapter; in one line, for people who have none. */
export function howToGetAdapter(runtime: string): string {
  const engine = runtime.replace(/[@:].*/, '');
  switch (engine) {
    case 'node':
    case 'bun':
      return `${VULKAN}, or ${SOFTWARE_VULKAN}, or name a driver in VK_DRIVER_FILES`;
    case 'deno':
      return `${VULKAN}, or ${SOFTWARE_VULKAN} and set ${SWIFTSHADER}`;
    case 'chromium':
      return `${VULKAN} and start it with \`--enable-unsafe-webgpu\`; for a software adapter add \`--use-webgpu-adapter=swiftshader\``;
    case 'firefox':
      return `set \`dom.webgpu.enabled\` and \`gfx.webgpu.ignore-blocklist\` to true in about:config, and ${VULKAN}, or ${SOFTWARE_VULKAN} and set ${SWIFTSHADER}`;
    case 'webkit':
      return 'WebKitGTK is built without WebGPU, which no package or flag changes; Safari has it from version 26';
    default:
      return 'use an engine with WebGPU (Chromium 113, Firefox 141, Safari 26 or later) over https or on localhost, on a machine with a GPU driver';
  }
}
