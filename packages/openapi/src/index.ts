export { findBreakingChanges } from './breaking-changes.ts';
export { openApiDocument } from './document.ts';
export { readDocstrings } from './docstrings.ts';
export { generatedFiles } from './generated-files.ts';
