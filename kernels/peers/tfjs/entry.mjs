// What `host.peer('tfjs')` gives. The back end's own entry is CommonJS in Node.
export * as wasm from '@tensorflow/tfjs-backend-wasm';
export * as tf from '@tensorflow/tfjs-core';
