import { readdirSync, readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { credentialContract } from './credentials.ts';
import { MACHINE_CREDENTIALS_PATH, MACHINE_RPC_PATH, machineContract } from './machine-audience.ts';

/**
 * What daemons of this version send and understand, as it was recorded. There are machines with such daemons for as long
 * as their images live: the files are never changed. What they do not understand gets a path with a higher version.
 */
const folder = new URL('../wire/v1/', import.meta.url);
const procedures = { ...machineContract, ...credentialContract };

type Recorded = { request: { json: unknown }; answer: { json: Record<string, unknown> } };
const recorded = (name: string) =>
  JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Recorded;
const read = (schema: unknown, value: unknown) => v.safeParse(schema as v.GenericSchema, value);

test('everything that daemons call is recorded, at the paths that they know', () => {
  expect(readdirSync(folder).toSorted()).toEqual(
    Object.keys(procedures)
      .map((name) => `${name}.json`)
      .toSorted(),
  );
  expect([MACHINE_RPC_PATH, MACHINE_CREDENTIALS_PATH]).toEqual([
    '/machine/v1/rpc',
    '/machine/v1/credentials',
  ]);
});

describe.each(Object.entries(procedures))('%s', (name, procedure) => {
  const { inputSchema, outputSchema } = procedure['~orpc'];

  test('takes what such a daemon sends', () => {
    const { request } = recorded(name);
    expect(read(inputSchema, request.json)).toMatchObject({ success: true, output: request.json });
  });

  test('answers with everything that such a daemon reads, in the same form', () => {
    const { answer } = recorded(name);
    // An answer that leaves out what was always there passes a schema in which it became optional.
    expect(read(outputSchema, answer.json)).toMatchObject({ success: true, output: answer.json });
    for (const field of ALWAYS[name] ?? []) {
      const { [field]: _, ...without } = answer.json;
      expect(read(outputSchema, without).success, `without ${field}`).toBe(false);
    }
  });
});

/** Fields of an answer that such a daemon does not do without. */
const ALWAYS: Readonly<Record<string, readonly string[]>> = {
  report: ['reportEveryMs'],
  reportMetrics: ['accepted', 'refused', 'reportEveryMs'],
  bootstrap: ['token', 'expiresInMs', 'renewal', 'commandKeys', 'repositories'],
  renew: ['token', 'expiresInMs', 'renewal', 'commandKeys', 'repositories'],
};
