/** What the server and the parts of a page say to each other, beside the messages of harness/protocol.ts. */
import type { FromCell, ToCell } from '../protocol.ts';
import type { HostInfo } from '../record.ts';

/** What a page is given to do. */
export interface PageJob {
  readonly message: ToCell;
  /** A user's files, and where they are to be imported from. */
  readonly files: PageFiles;
  /** What the page cannot know of the browser and the machine that it runs on. */
  readonly known: Partial<HostInfo>;
  /** Where the driver of the browser is asked for what it alone can find out, from the root of the server. */
  readonly driver?: string;
}

export interface PageFiles {
  readonly kernels: readonly PageFile[];
  readonly variants: readonly (PageFile & { readonly kernel: string })[];
  /** Published libraries that are installed and run in a page. */
  readonly peers: readonly PagePeer[];
  /** A GGUF file, with its size: the server gives ranges of it. */
  readonly gguf?: PageFile & { readonly bytes: number };
}

export interface PagePeer {
  readonly name: string;
  /** `onnxruntime-web 1.30.0` */
  readonly version: string;
  /** Of its entry, from the root of the server. */
  readonly path: string;
}

export interface PageFile {
  /** As the user named it, for messages. */
  readonly file: string;
  /** From the root of the server. */
  readonly path: string;
}

/** From the worker that measures to its page. */
export type FromWorker =
  | { readonly kind: 'said'; readonly message: FromCell }
  /** Nothing follows; `how` as in `CellEvents.onExit`. */
  | { readonly kind: 'ended'; readonly how: string };

/** The answer to a sign of life. */
export interface Pulse {
  /** The conversation is over, for the server: the page is to stop what it does. */
  readonly over: boolean;
}

/** Milliseconds between two signs of life. */
export const PULSE_MS = 1000;
/** How many may be missing in a row. */
export const MISSED_PULSES = 10;

/** What a page may ask of its driver: about the heap of the worker that measures. */
export type Question =
  /** Attaches to the worker; nothing is attached while cells are timed. */
  | { readonly kind: 'attach' }
  | { readonly kind: 'detach' }
  /** Every allocation is counted from now on. */
  | { readonly kind: 'sample' }
  /** Ends that: bytes that were allocated below the function of this name. */
  | { readonly kind: 'sampled'; readonly below: string }
  /** What the heap holds, and the ArrayBuffers of its objects, after a full collection where one is asked for. */
  | { readonly kind: 'usage'; readonly collect: boolean };

export interface Answer {
  readonly heapBytes?: number;
  readonly externalBytes?: number;
}
