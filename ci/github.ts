/** What GitHub Actions shows of a gate: annotations on changed lines, the job's summary, the body of a comment. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { UserFiles } from '../harness/catalogue.ts';
import type { Against } from './against-base.ts';
import type { BaseTree } from './base.ts';
import type { PairedRow } from './paired.ts';
import { formatAgainst, sentence } from './paired-text.ts';

/** By it the second workflow finds the comment that it wrote before. */
export const COMMENT_MARK = '<!-- kernel-zoo gate -->';

/** Workflow commands, one for each cell that became worse, on the first line of its kernel that was changed. */
export function annotations({ rows, base }: Against, files: UserFiles): string[] {
  const level: Partial<Record<PairedRow['verdict'], string>> = {
    ...{ wrong: 'error', failed: 'error', slower: 'error', 'more-bytes': 'error' },
    inconclusive: 'notice',
  };
  return rows.flatMap((row) => {
    const command = level[row.verdict];
    if (!command) return [];
    const place = placeOf(row, base, files);
    const where = place ? `file=${escapeProperty(place.file)},line=${place.line},` : '';
    return `::${command} ${where}title=${escapeProperty(`${row.id}: ${row.verdict}`)}::${escapeData(sentence(row))}`;
  });
}

/** The file that a cell's variant is most likely in, and its first line that differs from the base. */
function placeOf(
  { id, explained }: PairedRow,
  { repository, commit }: BaseTree,
  { kernels, variants }: UserFiles,
): { file: string; line: number } | undefined {
  const [, subject = '', variant = ''] = /^(.*?)\/(.*?)@/.exec(id) ?? [];
  const own = [...kernels, ...variants.map(({ file }) => file)].map((file) =>
    relative(repository, resolve(file)),
  );
  const candidates = [
    // Of a pipeline the loop underneath that changed it.
    ...(explained?.parts ?? []).flatMap(({ file, isChanged }) => (file && isChanged ? [file] : [])),
    `models/${subject.split('-')[0]}`,
    `kernels/${subject}/${variant}.ts`,
    `kernels/${subject}/${variant}.as.ts`,
    `kernels/${subject}`,
    ...own,
  ];
  for (const path of candidates) {
    if (path.startsWith('..') || !existsSync(join(repository, path))) continue;
    const diff = execFileSync('git', ['diff', '--unified=0', commit, '--', path], {
      cwd: repository,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    const file = /^\+\+\+ b\/(.*)$/m.exec(diff)?.[1];
    const line = /^@@ -\S+ \+(\d+)/m.exec(diff)?.[1];
    if (file && line) return { file, line: Math.max(1, Number(line)) };
  }
  return undefined;
}

/** As the runner of GitHub's workflow commands reads them. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/**
 * Annotations to stderr, the table to the job's summary, and the comment's body to `comment.md` in `folder`: a workflow of a fork
 * may not comment, so that another one takes the file up (docs/gate.md).
 */
export function tellGithub(against: Against, files: UserFiles, folder: string): void {
  for (const line of annotations(against, files)) process.stderr.write(`${line}\n`);
  const markdown = formatAgainst(against, 'md');
  const summary = process.env.GITHUB_STEP_SUMMARY;
  if (summary) appendFileSync(summary, markdown);
  writeFileSync(join(folder, 'comment.md'), `${COMMENT_MARK}\n${markdown}`);
}
