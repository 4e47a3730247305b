/** The one list of suites; the first is what `zoo bench` runs. */
import { adversarialSuite } from './adversarial.ts';
import { defaultSuite } from './default.ts';
import { ladderSuite } from './ladder.ts';
import { limitsSuite } from './limits.ts';
import { selfSuite } from './self.ts';
import { smokeSuite } from './smoke.ts';
import type { Suite } from './suite.ts';
import { tokensSuite } from './tokens.ts';
import { zooSuite } from './zoo.ts';

export const SUITES: readonly Suite[] = [
  defaultSuite,
  smokeSuite,
  limitsSuite,
  ladderSuite,
  zooSuite,
  tokensSuite,
  selfSuite,
  adversarialSuite,
];
