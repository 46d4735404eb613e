import { AuditRow } from '@fettle/contract/audit';
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { CliFailure, EXIT } from '../failure.ts';

const Line = v.pipe(v.string(), v.parseJson(), AuditRow);

/**
 * Reads rows that were exported, one in JSON on each line, in the order of the rows whatever that of the files. Throws a
 * usage failure that names the line that is none.
 */
export async function readExport(files: readonly string[]): Promise<AuditRow[]> {
  const rows = await Promise.all(files.map(readFileRows));
  return rows.flat().toSorted((a, b) => a.seq - b.seq);
}

async function readFileRows(file: string): Promise<AuditRow[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliFailure(EXIT.usage, `${file} cannot be read: ${reason}`, { cause: error });
  });
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const parsed = v.safeParse(Line, line);
    if (parsed.success) return [parsed.output];
    throw new CliFailure(EXIT.usage, `${file}: line ${index + 1} is no row of an audit log`);
  });
}
