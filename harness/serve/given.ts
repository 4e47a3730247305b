/** What the server tells the page that a person opens. */
import type { PageFiles } from '../page/job.ts';
import type { HostInfo } from '../record.ts';

export interface Given {
  readonly files: PageFiles;
  /** Which code the page measures. */
  readonly origin: Pick<HostInfo, 'commit' | 'dirty'>;
}
