// Writes spec/*.json anew: node scripts/extract.ts FOLDER, where FOLDER holds daytona/ and fly/ with the OpenAPI files.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { extractSpecification } from './extract-specification.ts';
import { EXTRACTS } from './sources.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node scripts/extract.ts FOLDER');
  process.exit(2);
}
for (const { source, operations, file } of EXTRACTS) {
  const document: unknown = JSON.parse(await readFile(path.join(folder, source), 'utf8'));
  const target = path.join(import.meta.dirname, '..', 'spec', file);
  await writeFile(target, `${JSON.stringify(extractSpecification(document, operations), null, 1)}\n`);
  console.log(target);
}
