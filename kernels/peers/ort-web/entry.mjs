// What `host.peer('ort-web')` gives.
export * as ort from 'onnxruntime-web';
export { default as protobuf } from 'protobufjs';
