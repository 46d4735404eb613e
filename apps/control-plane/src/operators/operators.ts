import { DurableObject } from 'cloudflare:workers';
import type {
  AuditEntry,
  AuditHead,
  AuditRow,
  Grant,
  Member,
  NewOperatorToken,
  OperatorTokenView,
  Origin,
} from '@fettle/contract';
import { auditText } from '@fettle/core/audit';
import { AuditExport, exportedHeads } from '../audit/audit-export.ts';
import { holds, mayGive } from '../auth/operator-grants.ts';
import type { ShownToken } from '../auth/operator-token.ts';
import type { Env } from '../env.ts';
import { log } from '../log.ts';
import { refusal, success, type Result } from '../result.ts';
import { OperatorStore, type StoredToken } from './operator-store.ts';

/** Who asks, with what they may do: nobody gives, sees or takes away more than they have. */
export type Asker = { by: Origin; grants: readonly Grant[] };

/** Far more than a deployment needs; a list of them still fits into one answer. */
const MOST_TOKENS = 1000;
const MOST_MEMBERS = 1000;
/** Tokens, or members, that may do something in one organization: none takes the room of all others. */
const MOST_OF_ORGANIZATION = 250;
/** How long a token that has ended is still shown, in milliseconds, as long as there is room. */
const SHOWN_AFTER_END_MS = 90 * 86_400_000;

/** Name of the chain of what belongs to no project. It is no project's name: those have no capitals. */
export const ACCESS_CHAIN = 'ACCESS';

/** Knows tokens and members of the whole deployment, and keeps the chain of what was done with them. One object. */
export class Operators extends DurableObject<Env> {
  private readonly store: OperatorStore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.store = new OperatorStore(ctx.storage);
  }

  /** What a token is good for, and until when; `null` when it is unknown, expired or revoked. */
  async authenticate(shown: ShownToken): Promise<{ grants: Grant[]; expiresAt: number | null } | null> {
    const token = this.store.token(shown.id);
    if (token === null || token.secretHash !== shown.secretHash || !holdsAt(token, Date.now())) return null;
    return { grants: token.grants, expiresAt: token.expiresAt };
  }

  /** What somebody whom Cloudflare Access let in may do. */
  async grantsOf(name: string): Promise<Grant[]> {
    return this.store.member(name)?.grants ?? [];
  }

  async createToken(
    shown: ShownToken,
    wanted: NewOperatorToken,
    { by, grants: own }: Asker,
  ): Promise<Result<OperatorTokenView>> {
    if (!mayGive(own, wanted.grants)) return FORBIDDEN;
    const now = Date.now();
    return this.ctx.storage.transactionSync(() => {
      this.store.forgetTokens(now - SHOWN_AFTER_END_MS);
      if (this.store.countTokens() >= MOST_TOKENS) this.store.forgetTokens(now);
      if (this.store.countTokens() >= MOST_TOKENS)
        return refusal('CONFLICT', `There are ${MOST_TOKENS} tokens already`);
      if (
        isCrowded(
          this.store.tokens().filter((token) => holdsAt(token, now)),
          wanted.grants,
        )
      )
        return refusal('CONFLICT', `An organization has ${MOST_OF_ORGANIZATION} tokens already`);
      const { name, grants, expiresInMs } = wanted;
      const expiresAt = expiresInMs === null ? null : now + expiresInMs;
      const createdBy = `${by.actor.kind}:${by.actor.id}`;
      const token: StoredToken = {
        ...shown,
        name,
        grants,
        createdAt: now,
        createdBy,
        expiresAt,
        revokedAt: null,
      };
      this.store.addToken(token);
      this.tell({ by, action: 'tokens.create', subject: token.id, after: { name, grants, expiresAt } });
      return success(viewOf(token));
    });
  }

  /** Those whose grants the asker could give, the newest first. */
  async tokens({ grants }: Asker): Promise<OperatorTokenView[]> {
    return this.store
      .tokens()
      .filter((token) => mayGive(grants, token.grants))
      .map(viewOf);
  }

  /** Repeating it changes nothing. */
  async revokeToken(id: string, { by, grants }: Asker): Promise<Result<OperatorTokenView>> {
    return this.ctx.storage.transactionSync(() => {
      const token = this.store.token(id);
      if (token === null) return unknown(grants, 'TOKEN_NOT_FOUND', 'There is no such token');
      if (!mayGive(grants, token.grants)) return FORBIDDEN;
      if (token.revokedAt !== null) return success(viewOf(token));
      const revokedAt = Date.now();
      this.store.revokeToken(id, revokedAt);
      this.tell({
        by,
        action: 'tokens.revoke',
        subject: id,
        before: { name: token.name, grants: token.grants },
      });
      return success(viewOf({ ...token, revokedAt }));
    });
  }

  /** Gives somebody exactly these grants in place of what they had. */
  async setMember(name: string, wanted: Grant[], { by, grants }: Asker): Promise<Result<Member>> {
    return this.ctx.storage.transactionSync(() => {
      const before = this.store.member(name);
      if (!mayGive(grants, [...wanted, ...(before?.grants ?? [])])) return FORBIDDEN;
      if (before === null && this.store.countMembers() >= MOST_MEMBERS)
        return refusal('CONFLICT', `There are ${MOST_MEMBERS} members already`);
      if (before === null && isCrowded(this.store.members(), wanted))
        return refusal('CONFLICT', `An organization has ${MOST_OF_ORGANIZATION} members already`);
      const member = { name, grants: wanted, since: before?.since ?? Date.now() };
      this.store.saveMember(member);
      this.tell({ by, action: 'members.set', subject: name, before: before?.grants, after: wanted });
      return success(member);
    });
  }

  /** Those whose grants the asker could give. */
  async members({ grants }: Asker): Promise<Member[]> {
    return this.store.members().filter((member) => mayGive(grants, member.grants));
  }

  async removeMember(name: string, { by, grants }: Asker): Promise<Result<Member>> {
    return this.ctx.storage.transactionSync(() => {
      const member = this.store.member(name);
      if (member === null) return unknown(grants, 'MEMBER_NOT_FOUND', 'There is no such member');
      if (!mayGive(grants, member.grants)) return FORBIDDEN;
      this.store.removeMember(name);
      this.tell({ by, action: 'members.remove', subject: name, before: member.grants });
      return success(member);
    });
  }

  async auditRows(page: { after: number; limit: number }): Promise<AuditRow[]> {
    return this.store.audit.rows(page);
  }

  /** What of the chain is in the second place, the newest first. */
  async auditHeads(): Promise<AuditHead[]> {
    return exportedHeads(this.env.AUDIT, ACCESS_CHAIN);
  }

  /** Writes what is new of the chain to the second place, when it is time for that. */
  async exportAudit(): Promise<void> {
    const misfit = await new AuditExport(this.store.audit, this.env.AUDIT, ACCESS_CHAIN).run(Date.now());
    if (misfit !== null)
      log.error(`the audit log of access does not go on from row ${misfit.seq}, which was exported`);
  }

  private tell(done: {
    by: Origin;
    action: string;
    subject: string;
    before?: unknown;
    after?: unknown;
  }): void {
    const { by, action, subject, before, after } = done;
    const entry: AuditEntry = {
      at: Date.now(),
      actor: by.actor,
      action,
      subject,
      before: before === undefined ? null : auditText(before),
      after: after === undefined ? null : auditText(after),
      requestId: by.requestId,
    };
    this.store.audit.append([entry]);
  }
}

/** The one object of operators. */
export function operatorsOf(env: Env): DurableObjectStub<Operators> {
  return env.OPERATORS.getByName('operators');
}

const FORBIDDEN = refusal('FORBIDDEN', 'That is not allowed with these credentials');

/** Whether an organization in which something is given has as many of these as it may. */
function isCrowded(kept: readonly { grants: readonly Grant[] }[], wanted: readonly Grant[]): boolean {
  return wanted.some(({ organization }) => {
    const isThere = (grant: Grant) => grant.organization === organization;
    return (
      organization !== null &&
      kept.filter(({ grants }) => grants.some(isThere)).length >= MOST_OF_ORGANIZATION
    );
  });
}

function holdsAt({ expiresAt, revokedAt }: StoredToken, now: number): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > now);
}

/** Who could see everything is told that there is nothing; all others are told the same as if there were. */
function unknown(grants: readonly Grant[], code: 'TOKEN_NOT_FOUND' | 'MEMBER_NOT_FOUND', message: string) {
  return holds(grants, 'admin', 'everywhere') ? refusal(code, message) : FORBIDDEN;
}

function viewOf({ secretHash: _secretHash, ...view }: StoredToken): OperatorTokenView {
  return view;
}
