import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { nextRow, verifyChain, EMPTY_CHAIN } from '../../packages/core/src/audit-chain.ts';
import { redact } from '../../packages/core/src/redaction.ts';
import { AuditEntry, type MachineTokenClaims } from '@fettle/contract';
import { lintPolicy } from '../../packages/core/src/policy/lint-policy.ts';
import { Policy } from '@fettle/contract';
import * as v from 'valibot';
import { signMachineToken, verifyMachineToken } from '../../apps/control-plane/src/auth/machine-token.ts';
import { makeOperatorToken, readOperatorToken } from '../../apps/control-plane/src/auth/operator-token.ts';
import { fromSchema } from '../arbitraries/from-schema.ts';
import { damaged, hostileText } from '../arbitraries/hostile.ts';
import { mutated } from '../arbitraries/mutate.ts';
import { parser, target, type Target } from '../target.ts';

const now = 1_790_000_000_000;
const keys = { FETTLE_STAGE: 'test', FETTLE_MACHINE_KEY: 'fuzz-machine-key-0123456789abcdef' };
const TOKEN_KEY = 'fuzz-token-key-0123456789abcdef';
const claims: MachineTokenClaims = {
  use: 'machine',
  audience: 'test',
  machineId: 'demo.web-1.1',
  organization: 'acme',
  project: 'demo',
  slot: 'web-1',
  generation: 1,
  type: 'local-docker',
  epoch: 1,
  id: null,
  issuedAt: now,
  expiresAt: now + 60_000,
};
const good = await signMachineToken(keys, claims);
const { token: goodOperator } = await makeOperatorToken(TOKEN_KEY);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const PLANTED = ['hunter2-planted-secret', 'fmt2.abcdefgh.eyJ1c2UiOiJtYWNoaW5lIn0.c2lnbmF0dXJl'];

/** Tokens, texts with secrets, the audit chain, policies. */
export const tokenTargets: readonly Target[] = [
  target({
    name: 'machine-tokens',
    about: 'tokens that are nearly ours',
    inputs: 10_000,
    arbitrary: damaged(fc.constant(good)),
    async check(token) {
      const read = await verifyMachineToken(keys, token, { use: 'machine', now });
      if (read !== null && token !== good) throw new Error('a token that nobody signed is taken');
    },
  }),
  target({
    name: 'operator-tokens',
    about: 'tokens that are nearly ours',
    inputs: 6000,
    arbitrary: damaged(fc.constant(goodOperator)),
    async check(token) {
      const read = await readOperatorToken(TOKEN_KEY, token);
      if (read !== null && token !== goodOperator) throw new Error('a token that nobody made is taken');
    },
  }),
  parser('redaction', {
    about: 'texts with secrets in them',
    inputs: 12_000,
    arbitrary: fc.tuple(
      fc.array(fc.oneof(hostileText, fc.constantFrom(...PLANTED)), { maxLength: 6 }),
      fc.constantFrom(' ', '\n', '"'),
    ),
    parse([parts, between]) {
      const once = redact(parts.join(between), [PLANTED[0] ?? '']);
      for (const secret of PLANTED) if (once.includes(secret)) throw new Error('a secret is still there');
      if (redact(once, [PLANTED[0] ?? '']) !== once) throw new Error('a second time changes it again');
    },
  }),
  parser('audit-chain', {
    about: 'rows that somebody has edited',
    inputs: 3000,
    arbitrary: fc.tuple(
      fc.array(fromSchema(AuditEntry), { minLength: 1, maxLength: 5 }),
      fc.nat(),
      hostileText,
    ),
    parse([entries, at, text]) {
      const rows = [];
      let end = EMPTY_CHAIN;
      for (const entry of entries as AuditEntry[]) {
        const row = nextRow(end, entry, sha256);
        rows.push(row);
        end = { seq: row.seq, hash: row.hash };
      }
      const heads = [{ ...end, at: now }];
      const found = verifyChain({ rows, heads, sha256 });
      if (!found.ok) throw new Error(`a good chain is refused: ${JSON.stringify(found)}`);
      const row = rows[at % rows.length]!;
      if (row.subject === text) return;
      const edited = rows.map((one) => (one === row ? { ...one, subject: text } : one));
      if (verifyChain({ rows: edited, heads, sha256 }).ok) throw new Error('an edited row is not found');
    },
  }),
  parser('policies', {
    about: 'policies, and whether their settings contradict each other',
    inputs: 6000,
    arbitrary: mutated(fromSchema(Policy)),
    parse(policy) {
      const parsed = v.safeParse(Policy, policy);
      if (parsed.success) lintPolicy(parsed.output);
    },
  }),
];
