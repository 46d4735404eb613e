// Writes docs/licences.md anew: `npm run licences`. A unit test compares it, and refuses licences that nobody has looked at.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { licencePage } from './licence-page.ts';
import { shippedPackages } from './shipped-packages.ts';

const root = path.resolve(import.meta.dirname, '../..');
const file = path.join(root, 'docs/licences.md');

const packages = shippedPackages(root);
writeFileSync(file, licencePage(packages));
console.log(`${packages.length} packages: ${path.relative(root, file)}`);
