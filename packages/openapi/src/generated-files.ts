import { openApiDocument } from './document.ts';
import { readDocstrings } from './docstrings.ts';
import { referencePage } from './reference-page.ts';
import { REFERENCE_STYLE } from './reference-style.ts';

/** Everything that is written from the contract, by its path in the repository. `sources`: of the contract. */
export async function generatedFiles(sources: readonly string[]): Promise<Record<string, string>> {
  const document = await openApiDocument(readDocstrings(sources));
  const text = `${JSON.stringify(document, null, 1)}\n`;
  return {
    'docs/openapi.json': text,
    'apps/control-plane/assets/openapi.json': `${JSON.stringify(document)}\n`,
    'apps/control-plane/assets/reference.html': referencePage(document),
    'apps/control-plane/assets/reference.css': REFERENCE_STYLE,
  };
}
