import * as fc from 'fast-check';
import type * as v from 'valibot';
import { allowTarget } from '../../apps/control-plane/src/outgoing/allow-target.ts';
import { readAnswer } from '../../apps/control-plane/src/providers/cloud/read-answer.ts';
import { readLimits } from '../../apps/control-plane/src/providers/cloud/read-limits.ts';
import { daytonaWords } from '../../apps/control-plane/src/providers/daytona/refusal-words.ts';
import * as daytona from '../../apps/control-plane/src/providers/daytona/sandbox.ts';
import { stateOf as daytonaState } from '../../apps/control-plane/src/providers/daytona/sandbox-state.ts';
import * as flyState from '../../apps/control-plane/src/providers/fly/machine-state.ts';
import * as fly from '../../apps/control-plane/src/providers/fly/machine.ts';
import { flyWords, machineNamedIn } from '../../apps/control-plane/src/providers/fly/refusal-words.ts';
import { ProviderError } from '../../apps/control-plane/src/providers/machine-provider.ts';
import { fromSchema } from '../arbitraries/from-schema.ts';
import { damaged, hostileText } from '../arbitraries/hostile.ts';
import { mutated } from '../arbitraries/mutate.ts';
import { parser, target, type Target } from '../target.ts';

const SECRET = 'dtn_planted0123456789abcdef';
const status = fc.oneof(
  fc.constantFrom(200, 400, 401, 404, 409, 412, 422, 429, 500, 503),
  fc.integer({ min: 100, max: 599 }),
);
const words = fc.record({
  message: fc.oneof(hostileText, fc.constant(`key ${SECRET}`)),
  error: hostileText,
  status: hostileText,
});

/** An answer: what is published, changed; words of a refusal; or no JSON at all. */
const answerOf = (schema: v.GenericSchema) =>
  fc.record({
    status,
    text: fc.oneof(
      damaged(mutated(fromSchema(schema)).map((value) => JSON.stringify(value) ?? '')),
      words.map((said) => JSON.stringify(said)),
      fc.constant(`<html>${SECRET}</html>`),
    ),
  });

function reads(schema: v.GenericSchema, use: (value: never) => void, readWords: typeof daytonaWords) {
  return (answer: { status: number; text: string }): void => {
    try {
      use(readAnswer('A provider', answer, { schema, words: readWords, secrets: [SECRET] }) as never);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (error.message.includes(SECRET)) throw new Error('our key is told', { cause: error });
    }
  };
}

const HEADERS = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'retry-after'];
const header = fc.oneof(
  fc.constantFrom('0', '1', '-1', '1e9', '99999999999999999999', 'Thu, 26 Nov 2026 21:00:00 GMT', 'soon', ''),
  fc.string({ maxLength: 20 }).filter((text) => /^[\x20-\x7e]*$/.test(text)),
);

/** What providers answer, and where that may lead us. */
export const providerTargets: readonly Target[] = [
  parser('daytona-answers', {
    about: 'sandboxes, as Daytona or something in its place tells them',
    inputs: 8000,
    arbitrary: answerOf(daytona.Sandbox),
    parse: reads(daytona.Sandbox, (sandbox) => daytonaState(sandbox), daytonaWords),
  }),
  parser('fly-answers', {
    about: 'machines, as Fly or something in its place tells them',
    inputs: 8000,
    arbitrary: answerOf(fly.FlyMachine),
    parse: reads(
      fly.FlyMachine,
      (machine) => {
        flyState.stateOf(machine);
        flyState.hasFailed(machine);
        flyState.lastStart(machine);
        flyState.lastExit(machine);
        flyState.runOf(machine);
      },
      flyWords,
    ),
  }),
  parser('provider-limits', {
    about: 'headers that tell how much more may be asked',
    inputs: 8000,
    arbitrary: fc.tuple(fc.dictionary(fc.constantFrom(...HEADERS), header), hostileText),
    parse([headers, message]) {
      const limits = readLimits(new Headers(headers), null, 1_790_000_000_000);
      for (const [name, value] of Object.entries(limits))
        if (value !== null && !(Number.isFinite(value) && value >= 0)) throw new Error(`${name} is ${value}`);
      machineNamedIn(message);
    },
  }),
  target({
    name: 'outgoing-addresses',
    about: 'addresses that somebody wants us to ask',
    inputs: 15_000,
    arbitrary: damaged(
      fc.constantFrom(
        'https://3000-abc.proxy.example.com/x',
        'https://example.com@169.254.169.254/',
        'https://proxy.example.com.evil.test/',
        'http://127.0.0.1:8787/',
        'https://[::ffff:127.0.0.1]/',
        'https://0x7f.1/',
      ),
    ),
    check(url) {
      if (!allowTarget(url, { origins: [], hosts: ['proxy.example.com'] }).ok) return;
      const { protocol, hostname, username, port } = new URL(url);
      const isOurs = hostname === 'proxy.example.com' || hostname.endsWith('.proxy.example.com');
      if (protocol !== 'https:' || !isOurs || username !== '' || port !== '')
        throw new Error(`${url} is let through`);
    },
  }),
];
