/** Variants that change what they are measured and checked with. */
import { adversaries, type Expected, loop, oscillation } from './oscillation.ts';

const replaces = (name: string) => ({
  status: 'wrong',
  reason: new RegExp(
    `^replaces ${name.replaceAll('.', '\\.')}: nothing measured in its process can be believed`,
  ),
});

export const EXPECTED: Expected = {
  honest: { status: 'ok', reason: /^$/ },
  'performance-now': replaces('performance.now'),
  'performance-prototype': replaces('Performance.prototype.now'),
  performance: replaces('performance'),
  'date-now': replaces('Date.now'),
  hrtime: replaces('process.hrtime'),
  'hrtime-bigint': replaces('process.hrtime.bigint'),
  'math-random': replaces('Math.random'),
  'crypto-random': replaces('crypto.getRandomValues'),
  'math-exp': replaces('Math.exp'),
};

/** Right, and from its first call on replaces something of the engine. */
function tampering(name: string, idea: string, tamper: () => void) {
  let done = false;
  return loop(name, idea, (x, out) => {
    if (!done) tamper();
    done = true;
    oscillation(x, out);
  });
}

const slow = performance.now.bind(performance);
/** A clock that goes at a tenth of the speed. */
const tenth = () => slow() / 10;

export default adversaries('tampering', [
  tampering('performance-now', 'a slower clock', () => {
    performance.now = tenth;
  }),
  tampering('performance-prototype', 'a slower clock, where it is inherited from', () => {
    Object.getPrototypeOf(performance).now = tenth;
  }),
  tampering('performance', 'another performance', () => {
    Object.defineProperty(globalThis, 'performance', { value: { now: tenth } });
  }),
  tampering('date-now', 'a clock that stands', () => {
    Date.now = () => 0;
  }),
  tampering('hrtime', 'a clock that stands', () => {
    process.hrtime = Object.assign(() => [0, 0] as [number, number], { bigint: process.hrtime.bigint });
  }),
  tampering('hrtime-bigint', 'a clock that stands', () => {
    process.hrtime.bigint = () => 0n;
  }),
  tampering('math-random', 'inputs that it knows', () => {
    Math.random = () => 0.5;
  }),
  tampering('crypto-random', 'seeds that it knows', () => {
    crypto.getRandomValues = (array) => array;
  }),
  tampering('math-exp', 'a function that references call', () => {
    const exact = Math.exp;
    Math.exp = (v) => Math.fround(exact(v));
  }),
]);
