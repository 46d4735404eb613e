// Renews the generated parts of docs/metrics.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { fillIn } from '../src/docs.ts';

const docs = new URL('../../../docs/metrics.md', import.meta.url);
writeFileSync(docs, fillIn(readFileSync(docs, 'utf8')));
console.log('docs/metrics.md is up to date');
