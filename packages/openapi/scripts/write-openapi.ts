// Writes the OpenAPI document and the reference page anew: `npm run openapi`.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generatedFiles } from '../src/generated-files.ts';
import { contractSources } from './contract-sources.ts';

const root = path.resolve(import.meta.dirname, '../../..');
for (const [file, text] of Object.entries(await generatedFiles(contractSources()))) {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
  console.log(`${file}: ${Math.ceil(text.length / 1024)} KB`);
}
