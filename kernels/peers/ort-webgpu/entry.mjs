// What `host.peer('ort-webgpu')` gives.
export * as ort from 'onnxruntime-web/webgpu';
export { default as protobuf } from 'protobufjs';
