// What `host.peer('wllama')` gives, in a page.
export { Wllama } from '@wllama/wllama/esm/index.js';
/** Its WebAssembly: one build, which has threads where it is asked for some. */
export const wasm = new URL('./node_modules/@wllama/wllama/esm/wasm/wllama.wasm', import.meta.url).href;
