import { expect, test } from 'vitest';
import { T0 } from '../testing/builders.ts';
import { decideOn, record as project } from '../testing/project-builders.ts';
import type { SweptMachine } from './sweep.ts';

const swept = (machineId: string, answer: Partial<SweptMachine['answer']> | null): SweptMachine => ({
  machineId,
  answer: answer === null ? null : { rearmed: false, lagMs: 0, stale: false, ...answer },
});
