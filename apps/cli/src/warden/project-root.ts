import path from 'node:path';

/** Root of this repository's checkout. */
export const PROJECT_ROOT = path.resolve(import.meta.dirname, '../../../..');
