import { operatorsOf } from '../operators/operators.ts';
import { operator, projectOf } from './operator-base.ts';
import { valueOf } from './rpc-errors.ts';

const { audit } = operator;

/** What operators may read of the audit log. Nobody writes it: entries come from what was done. */
export const operatorAudit = {
  list: audit.list.handler(async ({ input: { project, ...page }, context: { env } }) =>
    valueOf(await projectOf(env, project).auditRows(page)),
  ),
  heads: audit.heads.handler(async ({ input: { project }, context: { env } }) =>
    valueOf(await projectOf(env, project).auditHeads()),
  ),
  listAccess: audit.listAccess.handler(({ input, context: { env } }) => operatorsOf(env).auditRows(input)),
  accessHeads: audit.accessHeads.handler(({ context: { env } }) => operatorsOf(env).auditHeads()),
};
