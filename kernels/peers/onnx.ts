/** ONNX models, by the field numbers of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). */

/** What is used of protobufjs. */
export interface Protobuf {
  parse(source: string): { readonly root: { lookupType(name: string): MessageType } };
}
interface MessageType {
  fromObject(value: object): object;
  encode(message: object): { finish(): Uint8Array };
}

export interface ModelInput {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type?: 'float' | 'int64';
}

/** A constant of the model. */
export interface ModelWeights {
  readonly name: string;
  /** Row-major; none for a single number. */
  readonly dims: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

export interface ModelNode {
  readonly op: string;
  /** `com.microsoft` for the runtime's own. */
  readonly domain?: string;
  readonly inputs: readonly string[];
  /** `out` is the model's output; an empty name in front of inputs or outputs that are used says that one is left out. */
  readonly output: string | readonly string[];
  readonly ints?: Readonly<Record<string, number>>;
  readonly floats?: Readonly<Record<string, number>>;
  readonly strings?: Readonly<Record<string, string>>;
}

export interface ModelSpec {
  readonly inputs: readonly ModelInput[];
  readonly weights?: readonly ModelWeights[];
  readonly nodes: readonly ModelNode[];
  /** Of `out`. */
  readonly dims: readonly number[];
  /** What else it gives. */
  readonly furtherOutputs?: readonly ModelInput[];
}

/** The part of the schema that is written. */
const SCHEMA = `
syntax = "proto2";
message Attribute { optional string name = 1; optional float f = 2; optional int64 i = 3; optional bytes s = 4; optional int32 type = 20; }
message Dimension { optional int64 dim_value = 1; }
message TensorShape { repeated Dimension dim = 1; }
message TensorType { optional int32 elem_type = 1; optional TensorShape shape = 2; }
message Type { optional TensorType tensor_type = 1; }
message ValueInfo { optional string name = 1; optional Type type = 2; }
message Weights { repeated int64 dims = 1; optional int32 data_type = 2; optional string name = 8; optional bytes raw_data = 9; }
message Node { repeated string input = 1; repeated string output = 2; optional string op_type = 4; repeated Attribute attribute = 5; optional string domain = 7; }
message Graph { repeated Node node = 1; optional string name = 2; repeated Weights initializer = 5; repeated ValueInfo input = 11; repeated ValueInfo output = 12; }
message OperatorSet { optional string domain = 1; optional int64 version = 2; }
message Model { optional int64 ir_version = 1; optional Graph graph = 7; repeated OperatorSet opset_import = 8; }
`;

const ELEMENT = { float: 1, uint8: 2, int32: 6, int64: 7 } as const;
/** Values of AttributeProto.AttributeType. */
const FLOAT = 1;
const INT = 2;
const STRING = 3;
/** The first with Gelu; all of the operators here keep their meaning from it on. */
const OPSET = 20;
const IR_VERSION = 9;

export function writeModel(
  protobuf: Protobuf,
  { inputs, weights = [], nodes, dims, furtherOutputs = [] }: ModelSpec,
): Uint8Array {
  const type = protobuf.parse(SCHEMA).root.lookupType('Model');
  const model = type.fromObject({
    irVersion: IR_VERSION,
    opsetImport: [
      { domain: '', version: OPSET },
      { domain: 'com.microsoft', version: 1 },
    ],
    graph: {
      name: 'kernel',
      node: nodes.map(toNode),
      initializer: weights.map(toInitializer),
      input: inputs.map((input) => valueInfo(input)),
      output: [{ name: 'out', dims }, ...furtherOutputs].map((output) => valueInfo(output)),
    },
  });
  return type.encode(model).finish();
}

function valueInfo({ name, dims, type = 'float' }: ModelInput): object {
  const shape = { dim: dims.map((size) => ({ dimValue: size })) };
  return { name, type: { tensorType: { elemType: ELEMENT[type], shape } } };
}

/** Numbers are little-endian in a model, as typed arrays are wherever this runs. */
function toInitializer({ name, dims, data }: ModelWeights): object {
  const type = data instanceof Float32Array ? 'float' : data instanceof Int32Array ? 'int32' : 'uint8';
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dims, dataType: ELEMENT[type], rawData };
}

function toNode({
  op,
  domain = '',
  inputs,
  output,
  ints = {},
  floats = {},
  strings = {},
}: ModelNode): object {
  const attribute = [
    ...Object.entries(ints).map(([name, i]) => ({ name, i, type: INT })),
    ...Object.entries(floats).map(([name, f]) => ({ name, f, type: FLOAT })),
    ...Object.entries(strings).map(([name, s]) => ({ name, s: new TextEncoder().encode(s), type: STRING })),
  ];
  return { input: inputs, output: [output].flat(), opType: op, domain, attribute };
}
