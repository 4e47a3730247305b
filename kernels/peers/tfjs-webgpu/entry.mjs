// What `host.peer('tfjs-webgpu')` gives.
import '@tensorflow/tfjs-backend-webgpu';

export * as tf from '@tensorflow/tfjs-core';
