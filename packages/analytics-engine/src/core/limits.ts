/**
 * What one data point may hold. Counts and sizes are those of the runtime itself (workerd's own binding refuses the same
 * inputs, see native.process.test.ts); the size of blobs is given as 16 KB in production's documents and is 16,000 bytes.
 */
export const MAX_INDEXES = 1;
export const MAX_INDEX_BYTES = 96;
export const MAX_BLOBS = 20;
export const MAX_BLOB_BYTES = 16_000;
export const MAX_DOUBLES = 20;

/** Data points that one invocation of a Worker may write. */
export const MAX_POINTS_PER_INVOCATION = 250;

/** What a dataset may be called here: it becomes the name of a table and of a folder. */
export const DATASET_NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
