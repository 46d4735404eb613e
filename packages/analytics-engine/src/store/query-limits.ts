/** What one query may take before it is ended. */
export type QueryLimits = { deadlineMs: number; maxMemoryBytes: number; maxAnswerBytes: number };
