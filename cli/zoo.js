#!/usr/bin/env node
// TypeScript is run by tsx; everything else is in main.ts.
import { register } from 'tsx/esm/api';

register();
await import('./main.ts');
