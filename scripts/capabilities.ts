// Writes the generated tables of docs/providers.md:
//
//   node scripts/capabilities.ts [FILE]
//
// FILE: what a run of the conformance suites has noted (FETTLE_CAPABILITIES_FILE=FILE npm test -- ...); it replaces what
// docs/conformance.json has of the same providers.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CAPABILITIES } from '@fettle/contract/capabilities';
import * as v from 'valibot';
import { capabilityTable, conformanceTable, mergeShown, Shown, withGenerated } from './capability-table.ts';

const docs = path.resolve(import.meta.dirname, '../docs');
const conformance = path.join(docs, 'conformance.json');
const providers = path.join(docs, 'providers.md');
const [file] = process.argv.slice(2);

let shown = v.parse(Shown, JSON.parse(readFileSync(conformance, 'utf8')));
if (file !== undefined) {
  const lines = readFileSync(file, 'utf8').split('\n');
  const newer = lines.filter((line) => line !== '').map((line): unknown => JSON.parse(line));
  shown = mergeShown(shown, v.parse(Shown, newer));
  writeFileSync(conformance, `${JSON.stringify(shown, null, 2)}\n`);
}
const document = readFileSync(providers, 'utf8');
const withTypes = withGenerated(document, 'capabilities', capabilityTable(CAPABILITIES));
writeFileSync(providers, withGenerated(withTypes, 'conformance', conformanceTable(shown)));
