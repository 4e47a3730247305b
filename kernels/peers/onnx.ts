/** ONNX models of a few nodes, by the field numbers of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). */

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

export interface ModelNode {
  readonly op: string;
  /** `com.microsoft` for the runtime's own. */
  readonly domain?: string;
  readonly inputs: readonly string[];
  /** `out` is the model's output. */
  readonly output: string;
  readonly ints?: Readonly<Record<string, number>>;
  readonly floats?: Readonly<Record<string, number>>;
  readonly strings?: Readonly<Record<string, string>>;
}

export interface ModelSpec {
  readonly inputs: readonly ModelInput[];
  readonly nodes: readonly ModelNode[];
  /** Of `out`. */
  readonly dims: readonly number[];
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
message Node { repeated string input = 1; repeated string output = 2; optional string op_type = 4; repeated Attribute attribute = 5; optional string domain = 7; }
message Graph { repeated Node node = 1; optional string name = 2; repeated ValueInfo input = 11; repeated ValueInfo output = 12; }
message OperatorSet { optional string domain = 1; optional int64 version = 2; }
message Model { optional int64 ir_version = 1; optional Graph graph = 7; repeated OperatorSet opset_import = 8; }
`;

const ELEMENT = { float: 1, int64: 7 } as const;
/** Values of AttributeProto.AttributeType. */
const FLOAT = 1;
const INT = 2;
const STRING = 3;
/** The first with Gelu; all of the operators here keep their meaning from it on. */
const OPSET = 20;
const IR_VERSION = 9;

export function writeModel(protobuf: Protobuf, { inputs, nodes, dims }: ModelSpec): Uint8Array {
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
      input: inputs.map((input) => valueInfo(input)),
      output: [valueInfo({ name: 'out', dims })],
    },
  });
  return type.encode(model).finish();
}

function valueInfo({ name, dims, type = 'float' }: ModelInput): object {
  const shape = { dim: dims.map((size) => ({ dimValue: size })) };
  return { name, type: { tensorType: { elemType: ELEMENT[type], shape } } };
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
  return { input: inputs, output: [output], opType: op, domain, attribute };
}
