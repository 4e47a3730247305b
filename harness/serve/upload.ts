/** Records that come over the network: of limited size, each held against the schema, all of them taken or none. */
import type { IncomingMessage } from 'node:http';
import { recordSchema, type ZooRecord } from '../record.ts';

/** What is not taken, with the status of HTTP that says so. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A record with its samples is a hundredth of it. */
export const MOST_BYTES = 16 << 20;

/** @throws Refused for more than {@link MOST_BYTES}, or than there is room for */
export async function readUpload(request: IncomingMessage, room: number): Promise<string> {
  const most = Math.min(MOST_BYTES, room);
  const tooMuch = () => new Refused(413, `more than ${most} bytes at once`);
  if (Number(request.headers['content-length'] ?? 0) > most) throw tooMuch();
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > most) throw tooMuch();
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/**
 * @param text a record in each line
 * @throws Refused naming the first line that holds none
 */
export function checkedRecords(text: string): ZooRecord[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) throw new Refused(400, 'no records');
  return lines.map((line, i) => {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw new Refused(400, `line ${i + 1} is no JSON`);
    }
    const parsed = recordSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0]!;
    throw new Refused(400, `line ${i + 1} is no record: ${[...issue.path, issue.message].join(': ')}`);
  });
}
