/** The neural compressor: its two pipelines. */
export { compressKernel } from './compress.ts';
export { decompressKernel } from './decompress.ts';
