import { testEveryVariant } from '../harness/every-variant.fixture.ts';
import { PIPELINES } from './index.ts';

// Slow cases are real models: suites check them where they measure them.
testEveryVariant(PIPELINES, false);
