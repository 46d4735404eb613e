import { QueryVariableBuilder, VariableRefresh } from '@grafana/grafana-foundation-sdk/dashboard';
import { column, DATASET } from '@fettle/metrics';
import { DATASOURCE } from './clickhouse-query.ts';
import { OF_PROJECT } from './sql.ts';

/** Statements behind the pickers: plain SQL, because Analytics Engine has no system tables to read names from. */
export const VARIABLE_SQL = {
  project: namesSql('project', []),
  machine: namesSql('machine', [OF_PROJECT]),
};

/** Picks a project of the last day; every dashboard has it. */
export function projectVariable(): QueryVariableBuilder {
  return variable('project', 'Project');
}

/** Picks a machine of the picked project. */
export function machineVariable(): QueryVariableBuilder {
  return variable('machine', 'Machine');
}

function variable(name: keyof typeof VARIABLE_SQL, label: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(VARIABLE_SQL[name])
    .definition(VARIABLE_SQL[name])
    .refresh(VariableRefresh.OnDashboardLoad);
}

function namesSql(name: 'project' | 'machine', where: string[]): string {
  return [
    `SELECT ${column(name)} AS ${name}`,
    `FROM ${DATASET}`,
    `WHERE ${["timestamp > now() - INTERVAL '1' DAY", ...where].join(' AND ')}`,
    `GROUP BY ${name}`,
    `ORDER BY ${name}`,
  ].join('\n');
}
