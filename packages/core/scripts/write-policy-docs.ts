// Renews the generated part of docs/policy.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { fillInContradictions } from '../src/policy/docs.ts';

const docs = new URL('../../../docs/policy.md', import.meta.url);
writeFileSync(docs, fillInContradictions(readFileSync(docs, 'utf8')));
console.log('docs/policy.md is up to date');
