import type { operatorContract } from '@fettle/contract';
import type { InferContractRouterInputs, InferContractRouterOutputs } from '@orpc/contract';
import { actor, auditHead, auditRow, grant, member, token } from './access.ts';
import {
  event,
  evidence,
  incident,
  ledgerEntry,
  machineId,
  machineView,
  NOW,
  service,
  snapshot,
  versions,
} from './machine.ts';
import { projectView, template } from './project.ts';

type Inputs = InferContractRouterInputs<typeof operatorContract>;
type Outputs = InferContractRouterOutputs<typeof operatorContract>;

/** A call of one procedure: what is sent, `undefined` where nothing is, and what is answered. */
export type Example<Request, Answer> = { request: Request; answer: Answer };

type Examples = {
  [group in keyof Inputs]: {
    [name in keyof Inputs[group]]: Example<
      Inputs[group][name],
      name extends keyof Outputs[group] ? Outputs[group][name] : never
    >;
  };
};

const project = 'demo';
const page = { limit: 50, before: NOW };
const accepted = (message: string) => ({ accepted: true as const, message });
const command = (message: string) => ({ request: { machineId }, answer: accepted(message) });

/** One example of every procedure of operators. */
export const operatorExamples: Examples = {
  projects: {
    list: { request: undefined, answer: [{ organization: 'acme', project }] },
    apply: {
      request: { organization: 'acme', project, template, slots: ['web-1'] },
      answer: projectView,
    },
    get: { request: { project }, answer: projectView },
    setPolicy: {
      request: { project, policy: { check: { intervalMs: 10_000 }, settleMs: 30_000 } },
      answer: {
        ...projectView,
        policy: {
          ...projectView.policy,
          check: { ...projectView.policy.check, intervalMs: 10_000 },
          settleMs: 30_000,
        },
      },
    },
    setQuota: { request: { project, quota: { machines: 600, commandsPerHour: 2000 } }, answer: projectView },
    overrideGuard: {
      request: { project, forMs: 600_000, reason: 'The rack lost power; they really are down' },
      answer: {
        ...projectView,
        guardOverride: { until: NOW + 600_000, reason: 'The rack lost power; they really are down' },
      },
    },
    refreshCode: { request: { project, refs: { customer: 'main' } }, answer: projectView },
    stopRollout: {
      request: { project, revert: true, reason: 'The new menu is unreadable' },
      answer: projectView,
    },
    pin: {
      request: { project, slot: 'web-1', reason: 'Under examination' },
      answer: { ...projectView, pins: [{ slot: 'web-1', reason: 'Under examination', since: NOW }] },
    },
    unpin: { request: { project, slot: 'web-1' }, answer: projectView },
    quarantine: {
      request: { project, versions, reason: 'Loses sessions' },
      answer: {
        ...projectView,
        quarantines: [{ versions, since: NOW, by: 'person', reason: 'Loses sessions', machines: [] }],
      },
    },
    liftQuarantine: { request: { project, versions, reason: 'It was the cache' }, answer: projectView },
    sweep: { request: { project }, answer: { rearmed: [] } },
  },
  machines: {
    list: { request: { project }, answer: [machineView] },
    get: { request: { machineId }, answer: machineView },
    start: command('web-1 will be started'),
    stop: command('web-1 will be stopped'),
    restart: command('web-1 will be restarted'),
    refreshCode: {
      request: { machineId, refs: { customer: '9f4d96d5b00d98959ea9960f069585ce42b1349a' } },
      answer: accepted('web-1 will be brought to other versions'),
    },
    rebuild: {
      request: { machineId, image: 'sha256:5f2c1d9a' },
      answer: accepted('web-1 will run from another image'),
    },
    evidence: { request: { machineId }, answer: [evidence] },
    restoreWork: {
      request: { machineId, from: machineId, evidence: evidence.id },
      answer: accepted('The work will be brought back'),
    },
    revokeCredentials: {
      request: { machineId, reason: 'The disk was copied by a stranger' },
      answer: accepted('Its credentials are taken back'),
    },
    exec: {
      request: { machineId, command: ['git', 'status', '--short'], timeoutMs: 5000 },
      answer: { exitCode: 0, stdout: ' M server.mjs\n', stderr: '', timedOut: false },
    },
    snapshots: { request: { machineId, ...page }, answer: [snapshot] },
    events: { request: { machineId, ...page }, answer: [event] },
    incidents: { request: { machineId, ...page }, answer: [incident] },
    ledger: { request: { machineId }, answer: [ledgerEntry] },
  },
  services: {
    list: { request: { machineId }, answer: [service] },
    restart: { request: { machineId, names: ['web'] }, answer: accepted('web will be restarted') },
    logs: {
      request: { machineId, name: 'web', tail: 20 },
      answer: [{ at: NOW, stream: 'stdout', text: 'listening on 8080' }],
    },
  },
  metrics: {
    query: {
      request: { project, name: 'top-memory', lastMs: 3_600_000, limit: 1 },
      answer: {
        columns: [
          { name: 'machine', unit: 'text' },
          { name: 'memory', unit: 'mb' },
        ],
        rows: [{ machine: machineId, memory: 148 }],
        sql: 'SELECT blob2 AS machine, max(double3) AS memory FROM machine_metrics GROUP BY machine LIMIT 1',
      },
    },
  },
  slots: { resolve: { request: { project, slot: 'web-1' }, answer: { machineId } } },
  tokens: {
    create: {
      request: { name: 'deploys of demo', grants: [grant], expiresInMs: 90 * 86_400_000 },
      answer: { ...token, token: 'fop1.k3j9x2m7q1z8.(secret).(check)' },
    },
    list: { request: undefined, answer: [token] },
    revoke: { request: { id: token.id }, answer: { ...token, revokedAt: NOW } },
    whoami: { request: undefined, answer: { actor, grants: [grant] } },
  },
  members: {
    set: { request: { name: member.name, grants: [grant] }, answer: member },
    list: { request: undefined, answer: [member] },
    remove: { request: { name: member.name }, answer: member },
  },
  audit: {
    list: { request: { project, after: 0, limit: 200 }, answer: [auditRow] },
    heads: { request: { project }, answer: [auditHead] },
    listAccess: { request: { after: 0, limit: 200 }, answer: [auditRow] },
    accessHeads: { request: undefined, answer: [auditHead] },
  },
};
