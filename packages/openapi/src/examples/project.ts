/** The project of that machine, with a rollout that went well. */
import { Policy, type MachineTemplate, type ProjectView, type Rollout } from '@fettle/contract';
import * as v from 'valibot';
import { machineId, NOW, versions } from './machine.ts';

export const template: v.InferInput<typeof MachineTemplate> = {
  type: 'local-docker',
  services: [{ name: 'web', command: ['node', 'server.mjs'], port: 8080 }],
  versions: { platform: 'main', customer: 'main' },
};

const filledIn: MachineTemplate = {
  type: 'local-docker',
  services: [
    {
      name: 'web',
      command: ['node', 'server.mjs'],
      port: 8080,
      healthPath: '/healthz',
      restartBudget: { maxRestarts: 5, withinMs: 60_000 },
    },
  ],
  limits: { memoryMb: 512, cpus: 1, pids: 256 },
  versions: { platform: 'main', customer: 'main' },
  image: null,
  regions: [],
};

const rollout: Rollout = {
  number: 4,
  kind: 'refresh',
  target: { refs: { customer: 'main' }, image: null },
  versions,
  state: 'done',
  waves: [{ slots: ['web-1'], startedAt: NOW - 900_000, endedAt: NOW - 600_000, outcome: 'good' }],
  back: [],
  waiting: [],
  skipped: [],
  message: 'Every wave was healthy for the bake time',
  startedAt: NOW - 900_000,
  endedAt: NOW - 600_000,
};

export const projectView: ProjectView = {
  organization: 'acme',
  project: 'demo',
  template: filledIn,
  policy: v.parse(Policy, {}),
  slots: [{ slot: 'web-1', machineId, phase: 'healthy', machines: [machineId], versions, plan: null }],
  retired: [],
  notices: [],
  stormGuard: null,
  guardOverride: null,
  rollout,
  quarantines: [],
  pins: [],
  proven: [{ versions, provenAt: NOW - 600_000, lastSeenAt: NOW, slots: ['web-1'] }],
  incidents: [],
  quota: { machines: 600, commandsPerHour: 2000, used: { machines: 1, commandsThisHour: 2 } },
  watch: {
    sweptAt: NOW - 20_000,
    stale: false,
    machines: 1,
    medianLagMs: 4,
    worstLagMs: 61,
    staleMachines: [],
    silentMachines: [],
    rearmed: [],
  },
  now: NOW,
};
