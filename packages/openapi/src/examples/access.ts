/** Who may do what, and what they did. No token here opens anything. */
import {
  GENESIS_HASH,
  type Actor,
  type AuditHead,
  type AuditRow,
  type Grant,
  type Member,
  type OperatorTokenView,
} from '@fettle/contract';
import { NOW } from './machine.ts';

export const grant: Grant = { role: 'operator', organization: 'acme', project: 'demo' };

export const actor: Actor = { kind: 'token', id: 'k3j9x2m7q1z8' };

export const token: OperatorTokenView = {
  id: actor.id,
  name: 'deploys of demo',
  grants: [grant],
  createdAt: NOW,
  createdBy: 'root',
  expiresAt: NOW + 90 * 86_400_000,
  revokedAt: null,
};

export const member: Member = { name: 'ada@example.com', grants: [grant], since: NOW };

const hash = '5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5';

export const auditRow: AuditRow = {
  seq: 1,
  at: NOW,
  actor,
  action: 'machines.restart',
  subject: 'demo.web-1.1',
  before: '{"phase":"healthy"}',
  after: null,
  requestId: '0b7c3a52-5f1e-4e0f-9a55-2f6f3b1c8d90',
  previousHash: GENESIS_HASH,
  hash,
};

export const auditHead: AuditHead = { seq: 1, hash, at: NOW };
