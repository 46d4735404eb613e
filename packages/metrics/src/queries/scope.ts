import type { MetricsQuery } from '@fettle/contract';
import { column } from '../layout.ts';
import { quote } from './quote.ts';

/** What a question is about, after defaults. */
export type Scope = Pick<MetricsQuery, 'project' | 'machineId'> & {
  lastSeconds: number;
  stepSeconds: number;
  limit: number;
};

/**
 * Rows of the project, or of one machine, that were measured in the window. A row is written when it is measured or
 * later, so the bound on `timestamp`, by which data is stored, loses none and keeps the scan short.
 */
export function within({ project, machineId, lastSeconds }: Scope): string[] {
  return [
    `timestamp > now() - INTERVAL '${lastSeconds}' SECOND`,
    `${column('measuredAt')} > toUnixTimestamp(now()) - ${lastSeconds}`,
    `${column('project')} = ${quote(project)}`,
    ...(machineId === undefined ? [] : [`${column('machine')} = ${quote(machineId)}`]),
  ];
}
