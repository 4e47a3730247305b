/**
 * What a Node process of a clone is started with. Node reads the sources itself from 22.18 on, which is what is measured then, line by
 * line as it is written; before that tsx does. esbuild in it gives every function that is made its name through `Object.defineProperty`
 * (`keepNames`): half a microsecond for each closure that a loop makes.
 */
if (!process.features.typescript) (await import('tsx/esm/api')).register();
