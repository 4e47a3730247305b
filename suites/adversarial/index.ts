/** The one list of the families; each file has a kernel as default export, and what its variants must come out as. */
import type { Kernel } from '../../kernels/kernel.ts';
import computing, { EXPECTED as COMPUTING } from './computing.ts';
import ending, { EXPECTED as ENDING } from './ending.ts';
import type { Expected } from './oscillation.ts';
import remembering, { EXPECTED as REMEMBERING } from './remembering.ts';
import tampering, { EXPECTED as TAMPERING } from './tampering.ts';
import writing, { EXPECTED as WRITING } from './writing.ts';

export interface Family {
  readonly kernel: Kernel;
  readonly expected: Expected;
}

export const FAMILIES: readonly Family[] = [
  { kernel: remembering, expected: REMEMBERING },
  { kernel: writing, expected: WRITING },
  { kernel: computing, expected: COMPUTING },
  { kernel: tampering, expected: TAMPERING },
  { kernel: ending, expected: ENDING },
];

/** Paths of their files, from the root of the repository. */
export const FILES: readonly string[] = FAMILIES.map(({ kernel }) => `suites/adversarial/${kernel.name}.ts`);
