import { expect, it } from 'vitest';
import { relaxedDot } from './relaxed-dot.ts';

it('names what the relaxed dot product does with 8 bits, the same at every call', () => {
  expect(['signed', 'unsigned', 'seven']).toContain(relaxedDot());
  expect(relaxedDot()).toBe(relaxedDot());
});
