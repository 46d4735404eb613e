import {
  credentialContract,
  EvidenceId,
  EvidencePart,
  MACHINE_CREDENTIALS_PATH,
  MACHINE_EVIDENCE_PATH,
  MACHINE_RPC_PATH,
  machineContract,
  MachineId,
  OPERATOR_EVIDENCE_PATH,
} from '@fettle/contract';
import type { AnyContractProcedure } from '@orpc/contract';
import { errorsOf } from './errors.ts';
import { machineExamples } from './examples/machine-audience.ts';
import type { Example } from './examples/operator.ts';
import { jsonSchemaOf, type Valibot } from './json-schema.ts';
import type { Content, Parameter, PathItem, Paths } from './openapi.ts';

const DAEMONS = 'Machine';

/** What daemons call, as RPC has it: everything is in `json`. Its paths stay as they are for as long as daemons call them. */
export function machinePaths(): Paths {
  const { rpc, credentials } = machineExamples;
  return {
    [`${MACHINE_RPC_PATH}/report`]: call(
      'report',
      machineContract.report,
      rpc.report,
      'machineToken',
      'Report health and versions',
    ),
    [`${MACHINE_RPC_PATH}/reportMetrics`]: call(
      'reportMetrics',
      machineContract.reportMetrics,
      rpc.reportMetrics,
      'machineToken',
      'Report what was measured',
    ),
    [`${MACHINE_CREDENTIALS_PATH}/bootstrap`]: call(
      'bootstrap',
      credentialContract.bootstrap,
      credentials.bootstrap,
      'bootstrapToken',
      'Exchange the bootstrap token, once',
    ),
    [`${MACHINE_CREDENTIALS_PATH}/renew`]: call(
      'renew',
      credentialContract.renew,
      credentials.renew,
      'renewalToken',
      'Get the next machine token',
    ),
  };
}

function call(
  operationId: string,
  procedure: AnyContractProcedure,
  example: Example<unknown, unknown>,
  scheme: string,
  summary: string,
): PathItem {
  const { inputSchema, outputSchema } = procedure['~orpc'];
  return {
    post: {
      operationId: `machine.${operationId}`,
      summary,
      description: 'Called by the daemon of a machine. Who calls is in the token, never in the body.',
      tags: [DAEMONS],
      security: [{ [scheme]: [] }],
      requestBody: { required: true, content: json(inputSchema, example.request) },
      responses: {
        200: { description: 'The answer', content: json(outputSchema, example.answer) },
        ...errorsOf('RpcError'),
      },
    },
  };
}

function json(schema: unknown, example: unknown): Content {
  return {
    'application/json': {
      schema: { type: 'object', properties: { json: jsonSchemaOf(schema as Valibot) }, required: ['json'] },
      example: { json: example },
    },
  };
}

const parameter = (name: string, schema: Valibot, example: string): Parameter => ({
  name,
  in: 'path',
  required: true,
  schema: jsonSchemaOf(schema),
  example,
});
const id = parameter('id', EvidenceId, '41');
const part = parameter('part', EvidencePart, 'logs.txt');
const machineId = parameter('machineId', MachineId, 'demo.web-1.1');
const file = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } as const;

/** Files of evidence: bytes, and no procedures. */
export function evidencePaths(): Paths {
  const read = (errors: 'Error' | 'RpcError') => ({
    parameters: [machineId, id, part],
    responses: { 200: { description: 'The file', content: file }, ...errorsOf(errors) },
  });
  return {
    [`${OPERATOR_EVIDENCE_PATH}/{machineId}/{id}/{part}`]: {
      get: {
        operationId: 'machines.readEvidence',
        summary: 'Read a file of evidence',
        description: 'Whoever reads one is put on record.',
        tags: ['Machines'],
        security: [{ operatorToken: [] }, { cloudflareAccess: [] }],
        ...read('Error'),
      },
    },
    [`${MACHINE_EVIDENCE_PATH}/{machineId}/{id}/{part}`]: {
      get: {
        operationId: 'machine.readEvidence',
        summary: 'Read a file of evidence of the own slot',
        tags: [DAEMONS],
        security: [{ machineToken: [] }],
        ...read('RpcError'),
      },
    },
    [`${MACHINE_EVIDENCE_PATH}/{id}/{part}`]: {
      put: {
        operationId: 'machine.storeEvidence',
        summary: 'Store a file of evidence that was asked for',
        description: 'At most 32 MiB, and 1 MiB where the request does not say its length.',
        tags: [DAEMONS],
        security: [{ machineToken: [] }],
        parameters: [id, part],
        requestBody: { required: true, content: file },
        responses: { 204: { description: 'It is kept' }, ...errorsOf('RpcError') },
      },
    },
  };
}
