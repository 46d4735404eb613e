import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { dialectDocument } from './dialect-document.ts';
import { FUNCTIONS } from './functions/catalog.ts';

describe('dialectDocument', () => {
  it('is what docs/dialect.md says', async () => {
    await expect(dialectDocument()).toMatchFileSnapshot(
      path.resolve(import.meta.dirname, '../../docs/dialect.md'),
    );
  });

  it('has a row for every function', () => {
    const text = dialectDocument();
    for (const { name, signature } of FUNCTIONS) {
      expect(signature).toContain(`${name}`);
      expect(text).toContain(`| \`${signature.replaceAll('|', '\\|')}\` |`);
    }
  });
});
