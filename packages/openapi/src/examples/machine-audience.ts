import type { credentialContract, machineContract } from '@fettle/contract';
import type { InferContractRouterInputs, InferContractRouterOutputs } from '@orpc/contract';
import { NOW, resources, service, versions } from './machine.ts';
import type { Example } from './operator.ts';

type Contracts = { rpc: typeof machineContract; credentials: typeof credentialContract };
type Examples = {
  [part in keyof Contracts]: {
    [name in keyof Contracts[part]]: Example<
      name extends keyof InferContractRouterInputs<Contracts[part]>
        ? InferContractRouterInputs<Contracts[part]>[name]
        : never,
      name extends keyof InferContractRouterOutputs<Contracts[part]>
        ? InferContractRouterOutputs<Contracts[part]>[name]
        : never
    >;
  };
};

const boot = { bootId: '6f1f2c9e-4d2f-4a55-8b1e-0c7c3d9e1f20', sentAt: NOW, versions };
const fresh = { token: 'fmt2.k1.(claims).(signature)', expiresInMs: 60_000 };
const commandKeys = ['11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'];

/** One example of everything that a machine calls. */
export const machineExamples: Examples = {
  rpc: {
    report: {
      request: { ...boot, seq: 17, services: [service], pidnapAnswers: true, resources },
      answer: { reportEveryMs: 30_000, nextReportInMs: 29_400, fresh },
    },
    reportMetrics: {
      request: {
        ...boot,
        points: [
          {
            kind: 'process',
            seq: 4,
            ageMs: 1200,
            droppedBefore: 0,
            name: 'web',
            state: 'running',
            previousState: 'starting',
            durationMs: 800,
            restarts: 1,
            exitCode: null,
            signal: null,
          },
        ],
      },
      answer: { accepted: 1, refused: [], reportEveryMs: 60_000 },
    },
  },
  credentials: {
    bootstrap: {
      request: { claim: 'k7cQm3o1s9f0b2W4x6Y8z_aBcDeFgHiJkLmNoPqRsTu' },
      answer: { ...fresh, renewal: 'fmt2.k1.(claims).(signature)', commandKeys, repositories: null },
    },
    renew: {
      request: { rotate: false },
      answer: { ...fresh, renewal: null, commandKeys, repositories: null },
    },
  },
};
