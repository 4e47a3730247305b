#!/usr/bin/env node
// In a clone tsx runs the sources; the package has them compiled. Everything else is in main.ts.
import { existsSync } from 'node:fs';

if (existsSync(new URL('./main.ts', import.meta.url))) {
  const { register } = await import('tsx/esm/api');
  register();
  await import('./main.ts');
} else {
  await import('../dist/cli/main.js');
}
