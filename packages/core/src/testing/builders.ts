/** Values for tests: each is a good one, and takes overrides for what the test is about. */
export * from './evidence-builders.ts';
export * from './record-builders.ts';
