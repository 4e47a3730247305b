import { expect, it } from 'vitest';
import { dot4, dot8, dotSerial } from './unrolled.ts';

it('the sums of each unrolling cover every element once, whatever is left over', () => {
  for (let n = 0; n < 40; n++) {
    const a = Float32Array.from({ length: n }, (_, i) => 2 ** (i % 20));
    const b = new Float32Array(n).fill(1);
    const whole = a.reduce((sum, v) => sum + v, 0);
    expect([dotSerial(a, b), dot4(a, b, 0, n), dot8(a, b)]).toEqual([whole, whole, whole]);
  }
});
