// What `host.peer('ort-node')` gives.
export { default as ort } from 'onnxruntime-node';
export { default as protobuf } from 'protobufjs';
