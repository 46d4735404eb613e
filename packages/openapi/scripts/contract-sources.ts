import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const contract = path.resolve(import.meta.dirname, '../../contract/src');

/** The contract's sources: what their docstrings say is in the document. */
export function contractSources(): string[] {
  return globSync('*.ts', { cwd: contract })
    .toSorted()
    .map((file) => readFileSync(path.join(contract, file), 'utf8'));
}
