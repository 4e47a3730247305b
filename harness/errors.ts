import { closest, distance } from 'fastest-levenshtein';

/** Bad input: the command line prints the message as one line and exits with code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** `unknown kernel "sofmax": did you mean "softmax"?`; all names where none is near and they are few. */
export function unknown(what: string, name: string, known: readonly string[]): UsageError {
  const near = known.length > 0 ? closest(name, known as string[]) : undefined;
  // A third of the letters wrong is still a typing error; more is another word.
  if (near !== undefined && distance(name, near) <= Math.max(2, Math.ceil(near.length / 3))) {
    return new UsageError(`unknown ${what} "${name}": did you mean "${near}"?`);
  }
  return new UsageError(`unknown ${what} "${name}"; known: ${known.join(', ')}`);
}

/** The message of anything thrown, on one line. */
export function oneLine(error: unknown): string {
  const message =
    error instanceof Error
      ? `${error.name === 'Error' ? '' : `${error.name}: `}${error.message}`
      : String(error);
  return message.replace(/\s*\n\s*/g, ' ').trim();
}
