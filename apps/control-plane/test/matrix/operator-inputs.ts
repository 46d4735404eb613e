/** What each procedure is asked with: valid, aimed at a target, and harmless where it is taken. */
import { template } from '../in-workerd.ts';
import type { Target } from './access-table.ts';

const reason = 'a test of who may';
const SHA = 'a'.repeat(40);
const versions = { image: 'sha256:none', platform: SHA, customer: SHA };

const INPUTS: Readonly<Record<string, (target: Target) => object | undefined>> = {
  // Refused after access was decided: machines of this type cannot be made here.
  'projects.apply': ({ claims, project }) => ({
    organization: claims,
    project,
    slots: ['web-1'],
    template: { ...template, type: 'fly' },
  }),
  // Contradicts itself.
  'projects.setPolicy': () => ({ policy: { budgets: { substitutions: { max: 0 } } } }),
  'projects.setQuota': () => ({ quota: { commandsPerHour: 1 } }),
  'projects.overrideGuard': () => ({ forMs: 1000, reason }),
  'projects.refreshCode': () => ({ image: 'none', slots: ['nowhere'] }),
  'projects.stopRollout': () => ({ revert: false, reason }),
  'projects.pin': () => ({ slot: 'nowhere', reason }),
  'projects.unpin': () => ({ slot: 'nowhere' }),
  'projects.quarantine': () => ({ versions, reason }),
  'projects.liftQuarantine': () => ({ versions, reason }),
  'machines.refreshCode': () => ({ refs: { customer: 'main' } }),
  'machines.rebuild': () => ({ image: 'none' }),
  'machines.restoreWork': ({ machineId }) => ({ from: machineId, evidence: '1' }),
  'machines.revokeCredentials': () => ({ reason }),
  'machines.exec': () => ({ command: ['true'] }),
  'services.restart': () => ({ names: ['web'] }),
  'services.logs': () => ({ name: 'web' }),
  'metrics.query': () => ({ name: 'latest' }),
  'slots.resolve': () => ({ slot: 'web-1' }),
  'tokens.create': ({ claims, project }) => ({
    name: reason,
    grants: [{ role: 'viewer', organization: claims, project }],
  }),
  'tokens.revoke': () => ({ id: 'a2a2a2a2a2a2' }),
  'members.set': ({ claims, project }) => ({
    name: `${project}@globex.test`,
    grants: [{ role: 'viewer', organization: claims, project }],
  }),
  'members.remove': () => ({ name: 'nobody@globex.test' }),
};

/** The input of a procedure that is aimed at a target; `undefined` for one that takes none. */
export function inputFor(procedure: string, target: Target): object | undefined {
  const input = INPUTS[procedure]?.(target);
  const [group = ''] = procedure.split('.');
  if (['machines', 'services'].includes(group) && procedure !== 'machines.list')
    return { machineId: target.machineId, ...input };
  if (procedure === 'projects.list' || ['tokens', 'members'].includes(group)) return input;
  if (procedure === 'audit.listAccess') return {};
  if (procedure === 'audit.accessHeads') return undefined;
  return { project: target.project, ...input };
}
