/** The kernels of the zoo, together with those of a user's own files, in a page: what catalogue.ts is in Node. */
import type { Kernel } from '../../kernels/kernel.ts';
import { openGguf } from '../../models/gguf/reader.ts';
import { SUBJECTS } from '../../models/index.ts';
import type { UserModule } from '../assemble.ts';
import { oneLine } from '../errors.ts';
import { onFile } from '../gguf.ts';
import type { PageFile, PageFiles } from './job.ts';
import { rangesOf } from './ranges.ts';

/** Name of the error that the bundle puts in the place of a module of Node. */
export const NODE_ONLY = 'NodeOnlyError';

export interface PageKernels {
  /** To be called when globals are watched; throws where a file does, or where `subject` is missing. */
  load(): Promise<readonly Kernel[]>;
  /** After {@link load} has thrown: the file that a page cannot load, and why. */
  missing(): string | undefined;
}

/** @param subject the kernel that is needed: a file that only Node can load matters where it would have brought that */
export function kernelsOf(files: PageFiles, subject: string): PageKernels {
  const missing: string[] = [];
  const bring = async ({ file, path }: PageFile): Promise<UserModule | undefined> => {
    try {
      return (await import(new URL(path, globalThis.location.origin).href)) as UserModule;
    } catch (error) {
      if (!(error instanceof Error && error.name === NODE_ONLY))
        throw new Error(`${file} fails on import: ${oneLine(error)}`);
      missing.push(`${file} ${error.message}`);
      return undefined;
    }
  };
  return {
    async load() {
      let kernels: Kernel[] = [...SUBJECTS];
      const { gguf } = files;
      if (gguf) kernels = await onFile(kernels, () => openGguf(rangesOf(gguf)), gguf.file);
      if (files.kernels.length + files.variants.length > 0) {
        // With the checks of what users bring comes a library that the zoo's own kernels do not need.
        const { withKernel, withVariant } = await import('../assemble.ts');
        for (const each of files.kernels) {
          const module = await bring(each);
          if (module) kernels = withKernel(kernels, module, each.file);
        }
        for (const each of files.variants) {
          const module = await bring(each);
          if (module) kernels = withVariant(kernels, module, each.file, each.kernel);
        }
      }
      if (!kernels.some(({ name }) => name === subject)) throw new Error(`there is no kernel ${subject}`);
      return kernels;
    },
    missing: () => (missing.length > 0 ? missing.join('; ') : undefined),
  };
}
