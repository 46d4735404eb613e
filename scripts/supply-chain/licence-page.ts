import type { ShippedPackage } from './shipped-packages.ts';

/**
 * Licences that what we ship may have: each lets us ship the package within a closed or an open product if its notice
 * goes along. One that is not here needs a person who reads it.
 */
export const ACCEPTED_LICENCES: readonly string[] = [
  '(MIT OR CC0-1.0)',
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Unlicense',
];

/** The packages whose licence nobody has accepted. */
export function unacceptedLicences(packages: readonly ShippedPackage[]): string[] {
  return packages
    .filter(({ licence }) => !ACCEPTED_LICENCES.includes(licence))
    .map(({ name, version, licence }) => `${name}@${version}: ${licence}`);
}

/** `docs/licences.md`: what of others is in what we ship. */
export function licencePage(packages: readonly ShippedPackage[]): string {
  const rows = packages.map(
    ({ name, version, licence, in: programs }) =>
      `| ${name} | ${version} | ${licence} | ${programs.join(', ')} |`,
  );
  return `# Licences

What others wrote and we ship, from the installed packages. Written by \`npm run licences\`, compared by a unit test;
\`npm run sbom\` writes the same as CycloneDX, with what is for development only.

| package | version | licence | in |
|---|---|---|---|
${rows.join('\n')}
`;
}
