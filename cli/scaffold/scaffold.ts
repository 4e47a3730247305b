/** What the scaffolds of `zoo new` share: names, and additions to the text of a list. Nothing is written here. */
import { readFileSync } from 'node:fs';
import { UsageError } from '../../harness/errors.ts';

/** A plan that holds every text, so that a refusal leaves no half of it behind. */
export interface Scaffold {
  /** New files, absolute path to text. */
  readonly created: ReadonlyMap<string, string>;
  /** The one list that learns of them, and its new text. */
  readonly edited: readonly [file: string, text: string];
  /** What is new in the list: `softmax/fast`. */
  readonly names: readonly string[];
  /** What the author should know. */
  readonly hints: readonly string[];
}

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const RESERVED =
  /^(await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|eval|export|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|undefined|var|void|while|with|yield|arguments)$/;

/** @throws UsageError with a name that would do */
export function assertName(what: string, name: string): void {
  if (NAME.test(name) && !RESERVED.test(camel(name))) return;
  const near = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[-0-9]+|-+$/g, '');
  const better = RESERVED.test(camel(near)) ? `${near}-${what}` : near;
  throw new UsageError(
    `"${name}" is no name for a ${what}: lower-case words joined by "-"${NAME.test(better) ? `, such as "${better}"` : ''}`,
  );
}

/** `simd-threads` → `simdThreads` */
export function camel(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

export function pascal(name: string): string {
  const text = camel(name);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** One import more, behind the others; the formatter sorts them. */
export function withImport(text: string, line: string): string {
  const imports = [...text.matchAll(/^import [\s\S]*?;$/gm)];
  const last = imports.at(-1);
  const end = last ? last.index + last[0].length : 0;
  return `${text.slice(0, end)}\n${line}${text.slice(end)}`;
}

/** The names added to a list literal, behind `after` or at its end. */
export function withListed(
  file: string,
  text: string,
  list: RegExp,
  names: readonly string[],
  after?: string,
): string {
  const match = list.exec(text);
  if (!match)
    throw new UsageError(`${file} has no list that can be extended; add ${names.join(', ')} by hand`);
  const items = match[1]!
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  const at = after !== undefined && items.includes(after) ? items.indexOf(after) + 1 : items.length;
  const all = [...items.slice(0, at), ...names, ...items.slice(at)];
  const extended = match[0].replace(`[${match[1]!}]`, `[${all.join(', ')}]`);
  return text.slice(0, match.index) + extended + text.slice(match.index + match[0].length);
}

export function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new UsageError(`${file} cannot be read: zoo new works in a checkout of kernel-zoo`);
  }
}
