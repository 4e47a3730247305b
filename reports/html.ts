/** The report: one HTML file that holds everything it needs and asks nothing of a network. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../harness/errors.ts';
import type { ZooRecord } from '../harness/record.ts';
import type { PageData } from './page/data.ts';
import type { RankOptions } from './rows.ts';
import { pageData } from './sections.ts';

export interface ReportOptions extends RankOptions {
  readonly title?: string;
}

/**
 * @returns a whole HTML document. Its content security policy names the hash of each script and allows no request at all.
 * @throws UsageError when the chart libraries are not installed
 */
export function renderHtml(
  records: readonly ZooRecord[],
  { title = 'kernel-zoo report', ...ranking }: ReportOptions = {},
): string {
  return renderPage(pageData(records, title, ranking));
}

/** The document of any page; see {@link renderHtml}. */
export function renderPage(data: PageData): string {
  const scripts = [...LIBRARIES.map(library), read('page/page.js')].map(inlineScript);
  const style = read('page/page.css');
  const policy = [
    "default-src 'none'",
    `script-src ${scripts.map(({ hash }) => `'sha256-${hash}'`).join(' ')}`,
    // Vega sets style attributes on what it draws.
    "style-src 'unsafe-inline'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="icon" href="data:,">
<title>kernel-zoo report</title>
<style>
${style}</style>
</head>
<body>
<noscript>This report draws its tables and charts with JavaScript, which is switched off here.</noscript>
<script type="application/json" id="data">${inlineJson(data)}</script>
${scripts.map(({ text }) => `<script>${text}</script>`).join('\n')}
</body>
</html>
`;
}

/** In the order in which they need each other. */
export const LIBRARIES = [
  ['vega', 'build/vega.min.js'],
  ['vega-lite', 'build/vega-lite.min.js'],
  ['vega-embed', 'build/vega-embed.min.js'],
] as const;

const require = createRequire(import.meta.url);

/**
 * The browser build of a package. The published package holds these builds in `page/vendor`, so that nobody installs what they are
 * built from. Elsewhere their exports do not name the file: the folder is found by looking where Node does.
 */
function library([name, file]: (typeof LIBRARIES)[number]): string {
  const vendored = fileURLToPath(new URL(`page/vendor/${basename(file)}`, import.meta.url));
  const installed = (require.resolve.paths(name) ?? []).map((folder) => join(folder, name, file));
  for (const path of [vendored, ...installed]) {
    if (existsSync(path)) return readFileSync(path, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
  }
  const names = LIBRARIES.map(([library]) => library).join(' ');
  throw new UsageError(`the report needs ${name}, which is not installed: npm install --save-dev ${names}`);
}

function read(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}

/**
 * Inside a script element the HTML parser looks only for `</script` and `<!--`; both can stand in a script's strings and
 * patterns alone, where the escape `\x3C` means the same character.
 */
function inlineScript(text: string): { text: string; hash: string } {
  const safe = text.replace(/<(?=\/script|!--)/gi, '\\x3C');
  return { text: safe, hash: createHash('sha256').update(safe).digest('base64') };
}

/** `<` is all that could end the element or start a comment in it. */
function inlineJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
