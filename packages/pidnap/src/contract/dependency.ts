import * as v from 'valibot';
import { ProcessName } from './primitives.ts';

/**
 * What another process must have reached before this one starts. `started`: it runs, or ran and completed. `healthy`:
 * it runs and its health check passes (it runs, where it has none). `completed`: it ended with exit code 0.
 */
export const DependencyCondition = v.picklist(
  ['started', 'healthy', 'completed'],
  'one of "started", "healthy", "completed"',
);
export type DependencyCondition = v.InferOutput<typeof DependencyCondition>;

export const Dependency = v.strictObject(
  {
    process: ProcessName,
    /** Left out: `completed` where the other process has `restart: "never"`, else `healthy`. */
    condition: v.optional(DependencyCondition),
    /**
     * What happens to this process, once it runs, when the condition stops to hold: the other one ended, restarts, was
     * stopped or became unhealthy. `keep`: nothing. `restart`: it is stopped, waits, and starts again when the
     * condition holds again.
     */
    whenLost: v.optional(v.picklist(['keep', 'restart'], 'one of "keep", "restart"'), 'keep'),
    /**
     * What happens to this process, while it waits, when the condition cannot come to hold without a command: the other
     * one failed for good or was stopped. `wait`: it stays blocked, with the reason. `fail`: it fails as well.
     */
    whenFailed: v.optional(v.picklist(['wait', 'fail'], 'one of "wait", "fail"'), 'wait'),
  },
  'an object with process, condition, whenLost, whenFailed',
);
export type Dependency = v.InferOutput<typeof Dependency>;
