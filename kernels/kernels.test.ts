import { testEveryVariant } from './every-variant.fixture.ts';
import { KERNELS } from './index.ts';

testEveryVariant(KERNELS);
