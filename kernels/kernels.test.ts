import { testEveryVariant } from '../harness/every-variant.fixture.ts';
import { KERNELS } from './index.ts';

testEveryVariant(KERNELS);
