import {
  credentialContract,
  machineContract,
  MACHINE_CREDENTIALS_PATH,
  MACHINE_EVIDENCE_PATH,
  MACHINE_RPC_PATH,
  operatorContract,
  OPERATOR_API,
  OPERATOR_EVIDENCE_PATH,
  OPERATOR_RPC_PATH,
} from '@fettle/contract';
import * as fc from 'fast-check';
import type * as v from 'valibot';
import {
  bootstrapToken,
  machineToken,
  renewalToken,
  TEST_KEYS,
  unknownOperatorToken,
} from '../../apps/control-plane/test/credentials.ts';
import { expectGoodAnswer, type ErrorShape, type Sent } from '../answers.ts';
import { fromSchema } from '../arbitraries/from-schema.ts';
import { damaged, hostileText } from '../arbitraries/hostile.ts';
import { mutated } from '../arbitraries/mutate.ts';
import { PROJECT, TOKENS_VARIABLE, URL_VARIABLE } from '../control-plane.ts';
import { target, type Target } from '../target.ts';

/** Requests of one value, which are sent at once: the server answers many at a time, as it does in life. */
const AT_ONCE = 16;
const MACHINE = `${PROJECT}.web-1.1`;
const MACHINES = 2000;

type Procedure = { name: string; method: string; path: string; input: v.GenericSchema | null };

/** Who asks: mostly somebody who may, because behind that door there is more to break. */
async function bearers(): Promise<Record<'operator' | 'machine' | 'credentials', fc.Arbitrary<string>>> {
  const root = TEST_KEYS.FETTLE_OPERATOR_TOKEN;
  const others = [
    await machineToken(MACHINE),
    await machineToken('other.web-1.1'),
    await renewalToken(MACHINE),
    await bootstrapToken(MACHINE),
    await unknownOperatorToken(),
  ];
  const [machine = '', , renewal = '', bootstrap = ''] = others;
  // One machine alone would be held back before anything of it is read.
  const fleet = await Promise.all(
    Array.from({ length: MACHINES }, (_, index) => machineToken(`${PROJECT}.web-1.${index + 1}`)),
  );
  const mostly = (...good: string[]) =>
    fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...good) },
      fc.constantFrom(...others, root),
      damaged(fc.constantFrom(...others, root)),
    );
  return {
    operator: mostly(root, ...(process.env[TOKENS_VARIABLE]?.split(' ') ?? [])),
    machine: mostly(machine, ...fleet),
    credentials: mostly(renewal, bootstrap),
  };
}
const BEARERS = await bearers();

function proceduresOf(router: object, above: readonly string[] = []): Procedure[] {
  return Object.entries(router).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value !== 'object' || value === null) return [];
    const path = [...above, name];
    if (!('~orpc' in value)) return proceduresOf(value, path);
    const { route, inputSchema } = value['~orpc'] as {
      route: { method?: string; path?: string };
      inputSchema?: v.GenericSchema;
    };
    return [
      {
        name: path.join('/'),
        method: route.method ?? 'POST',
        path: route.path ?? `/${path.join('/')}`,
        input: inputSchema ?? null,
      },
    ];
  });
}

/** Ids that lead somewhere, among those that chance makes up. */
function aimed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const fields = value as Record<string, unknown>;
  return {
    ...fields,
    ...('machineId' in fields ? { machineId: MACHINE } : {}),
    ...('project' in fields ? { project: PROJECT } : {}),
    ...('slot' in fields ? { slot: 'web-1' } : {}),
  };
}

const inputOf = ({ input }: Procedure): fc.Arbitrary<unknown> => {
  if (input === null) return mutated(fc.constant({}));
  const made = fromSchema(input);
  return fc.oneof(mutated(made.map(aimed)), mutated(made), made.map(aimed));
};

const contentType = fc.oneof(
  { weight: 12, arbitrary: fc.constant('application/json') },
  fc.constantFrom(
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
  ),
);

const headersOf = (bearer: fc.Arbitrary<string>): fc.Arbitrary<Record<string, string>> =>
  fc.record({ bearer, type: contentType }).map(({ bearer: shown, type }) => ({
    // What HTTP itself would refuse does not reach us.
    authorization: `Bearer ${shown.replaceAll(/[^\x21-\x7e]/g, '?')}`,
    'content-type': type,
  }));

function overRpc(prefix: string, router: object, bearer: fc.Arbitrary<string>): fc.Arbitrary<Sent> {
  return fc.oneof(
    ...proceduresOf(router).map((procedure) =>
      fc
        .record({
          headers: headersOf(bearer),
          path: fc.oneof(
            { weight: 20, arbitrary: fc.constant(procedure.name) },
            hostileText.map((text) => `${procedure.name}/${encodeURIComponent(text.toWellFormed())}`),
          ),
          body: bodyOf(inputOf(procedure).map((json) => ({ json }))),
          method: fc.oneof(
            { weight: 20, arbitrary: fc.constant('POST') },
            fc.constantFrom('GET', 'PUT', 'DELETE'),
          ),
        })
        .map(({ path, ...rest }) => ({ ...rest, path: `${prefix}/${path}` })),
    ),
  );
}

function bodyOf(value: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const text = value.map((json) => (JSON.stringify(json) ?? 'undefined').toWellFormed());
  return fc.oneof({ weight: 6, arbitrary: text }, damaged(text));
}

/** What of the input is no part of the path is the query, or the body. */
const overRest: fc.Arbitrary<Sent> = fc.oneof(
  ...proceduresOf(operatorContract).map((procedure) =>
    fc
      .record({ headers: headersOf(BEARERS.operator), input: inputOf(procedure) })
      .map(({ headers, input }) => {
        const rest = {
          ...(typeof input === 'object' && !Array.isArray(input) ? (input as Record<string, unknown>) : {}),
        };
        const path = procedure.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
          const value = rest[name];
          delete rest[name];
          return (
            encodeURIComponent(
              (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'x'))
                .toWellFormed()
                .slice(0, 300),
            ) || 'x'
          );
        });
        const { method } = procedure;
        if (method !== 'GET')
          return { method, path: `${OPERATOR_API}${path}`, headers, body: JSON.stringify(rest) };
        const query = Object.entries(rest).map(([name, value]) =>
          [name, typeof value === 'string' ? value : (JSON.stringify(value) ?? '')].map((text) =>
            encodeURIComponent(text.toWellFormed().slice(0, 300)),
          ),
        );
        const asked = query.map((pair) => pair.join('=')).join('&');
        return { method, path: `${OPERATOR_API}${path}?${asked}`, headers, body: null };
      }),
  ),
);

const word = fc.oneof(
  fc.constantFrom(MACHINE, '1', 'logs.txt', 'inside.json', 'provider.json', '..', '%2e%2e', ''),
  hostileText.map((text) => encodeURIComponent(text.toWellFormed()).slice(0, 200)),
);
const evidence: fc.Arbitrary<Sent> = fc.record({
  method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD'),
  path: fc
    .tuple(fc.constantFrom(MACHINE_EVIDENCE_PATH, OPERATOR_EVIDENCE_PATH), fc.array(word, { maxLength: 5 }))
    .map(([prefix, words]) => [prefix, ...words].join('/')),
  headers: headersOf(fc.oneof(BEARERS.machine, BEARERS.operator)),
  body: fc.uint8Array({ maxLength: 300 }),
});
const elsewhere: fc.Arbitrary<Sent> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'OPTIONS', 'PUT'),
  path: fc.oneof(
    fc.array(word, { maxLength: 5 }).map((words) => `/${words.join('/')}`),
    fc.array(word, { maxLength: 4 }).map((words) => `/s/${PROJECT}/web-1/${words.join('/')}`),
    fc.array(word, { maxLength: 3 }).map((words) => `/s/${words.join('/')}`),
  ),
  headers: headersOf(BEARERS.operator),
  body: fc.string({ maxLength: 100 }),
});

function called(
  name: string,
  about: string,
  inputs: number,
  sent: fc.Arbitrary<Sent>,
  shape: ErrorShape,
): Target {
  return target({
    name,
    about,
    inputs,
    perValue: AT_ONCE,
    arbitrary: fc.array(sent, { minLength: AT_ONCE, maxLength: AT_ONCE }),
    async check(requests) {
      const base = process.env[URL_VARIABLE] ?? '';
      await Promise.all(requests.map((one) => expectGoodAnswer(base, one, shape)));
    },
  });
}

/** Every procedure of the control plane, over HTTP, in the real workerd. */
export const procedureTargets: readonly Target[] = [
  called(
    'operator-rpc',
    'procedures of operators as RPC',
    4000,
    overRpc(OPERATOR_RPC_PATH, operatorContract, BEARERS.operator),
    'rpc',
  ),
  called('operator-rest', 'procedures of operators as REST', 4000, overRest, 'rest'),
  called(
    'machine-rpc',
    'procedures of machines',
    4000,
    overRpc(MACHINE_RPC_PATH, machineContract, BEARERS.machine),
    'rpc',
  ),
  called(
    'credentials-rpc',
    'exchanges of credentials',
    2000,
    overRpc(MACHINE_CREDENTIALS_PATH, credentialContract, BEARERS.credentials),
    'rpc',
  ),
  called('evidence-routes', 'parts of evidence, stored and read', 2000, evidence, 'either'),
  called('other-paths', 'slots, pages, and paths that there are not', 2000, elsewhere, 'text'),
];
