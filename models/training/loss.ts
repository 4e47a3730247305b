/**
 * What quantisation costs the trained model: `npx tsx models/training/loss.ts [--text FILE] [--model FILE] [--formats q8_0,q4_k]`.
 * Default: the shipped model on the shipped piece of held-out text, in all formats.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import * as zlib from 'node:zlib';
import { markdownTable } from 'markdown-table';
import { accuracy, agreement, bitsPerByte, wasmEvaluator } from './evaluate.ts';
import { readModel } from './export.ts';
import { bitsPerWeight, FORMATS, quantised } from './quantised.ts';
import { heldOutPiece, MODEL } from './shipped.ts';

const { values } = parseArgs({
  options: { text: { type: 'string' }, model: { type: 'string' }, formats: { type: 'string' } },
});
const asked = values.formats?.split(',');
const formats = FORMATS.filter((format) => asked?.includes(format) ?? true);
const text = values.text === undefined ? await heldOutPiece() : new Uint8Array(await readFile(values.text));
const { shape, weights } = await readModel(values.model ?? MODEL);
const evaluate = await wasmEvaluator(shape);

const bits = (compressed: Uint8Array): string => ((8 * compressed.length) / text.length).toFixed(4);
const whole = evaluate(weights, text);
const overlapping = evaluate(weights, text, shape.context / 2);
const compressors = [
  ['gzip -9', bits(zlib.gzipSync(text, { level: 9 }))],
  ['brotli -q 11', bits(zlib.brotliCompressSync(text))],
  // Node 20 has no zstd.
  ...('zstdCompressSync' in zlib
    ? [
        [
          'zstd -19',
          bits(zlib.zstdCompressSync(text, { params: { [zlib.constants.ZSTD_c_compressionLevel]: 19 } })),
        ],
      ]
    : []),
];
console.log(`${text.length} bytes\n`);
console.log(
  markdownTable(
    [
      ['', 'bits a byte'],
      ...compressors,
      [`the model, windows of ${shape.context}`, bitsPerByte(whole).toFixed(4)],
      [`the model, at least ${shape.context / 2} bytes before each`, bitsPerByte(overlapping).toFixed(4)],
    ],
    { align: ['l', 'r'] },
  ),
);

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const rows = formats.map((format) => {
  const result = evaluate(quantised(shape, weights, format), text);
  const loss = bitsPerByte(result) - bitsPerByte(whole);
  return [
    format,
    bitsPerWeight(shape, format).toFixed(2),
    bitsPerByte(result).toFixed(4),
    `${loss < 0 ? '−' : '+'}${Math.abs(loss).toFixed(5)}`,
    percent(agreement(result, whole)),
    percent(accuracy(result, text)),
  ];
});
console.log(
  `\n${markdownTable(
    [['format', 'bits a weight', 'bits a byte', 'Δ', 'same first byte', 'first byte right'], ...rows],
    { align: ['l', 'r', 'r', 'r', 'r', 'r'] },
  )}`,
);
