/** Who may do what: roles, where they hold, and the tokens and people that have them. */
import * as v from 'valibot';
import { DurationMs, OrganizationName, ProjectName, Timestamp } from './ids.ts';

/**
 * `viewer` looks; `operator` acts on machines and versions; `admin` decides what a project is, what is policy, and who
 * has access. Each may do what those before it may.
 */
export const Role = v.picklist(['viewer', 'operator', 'admin']);
export type Role = v.InferOutput<typeof Role>;

/** A role, and where it holds: everywhere (`null`, `null`), in one organization, or in one project of it. */
export const Grant = v.pipe(
  v.strictObject({
    role: Role,
    organization: v.optional(v.nullable(OrganizationName), null),
    project: v.optional(v.nullable(ProjectName), null),
  }),
  v.check(
    ({ organization, project }) => project === null || organization !== null,
    'expected an organization with the project',
  ),
);
export type Grant = v.InferOutput<typeof Grant>;

export const Grants = v.pipe(v.array(Grant), v.minLength(1), v.maxLength(32));

/** Names a token of operators; the secret is not in it. */
export const OperatorTokenId = v.pipe(v.string(), v.regex(/^[a-z0-9]{12}$/, 'expected the id of a token'));

/** A token of operators as it is shown: its secret is told once, when it is made. */
export const OperatorTokenView = v.object({
  id: OperatorTokenId,
  /** What it is for, in its maker's words. */
  name: v.string(),
  grants: v.array(Grant),
  createdAt: Timestamp,
  createdBy: v.string(),
  expiresAt: v.nullable(Timestamp),
  revokedAt: v.nullable(Timestamp),
});
export type OperatorTokenView = v.InferOutput<typeof OperatorTokenView>;

/** What a person says of a new token. */
export const NewOperatorToken = v.strictObject({
  name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(80)),
  grants: Grants,
  /** A token without an end is asked for in so many words: `null`. */
  expiresInMs: v.optional(
    v.nullable(v.pipe(DurationMs, v.minValue(60_000), v.maxValue(366 * 86_400_000))),
    90 * 86_400_000,
  ),
});
export type NewOperatorToken = v.InferOutput<typeof NewOperatorToken>;

/** A person, or a service, that Cloudflare Access lets in: an e-mail address, or the common name of a service token. */
export const MemberName = v.pipe(
  v.string(),
  v.trim(),
  v.toLowerCase(),
  v.regex(
    /^[\w.+-]{1,64}@[a-z0-9.-]{1,190}$|^[\w.-]{1,128}$/,
    'expected an e-mail address or the name of a service token',
  ),
);

export const Member = v.object({ name: MemberName, grants: v.array(Grant), since: Timestamp });
export type Member = v.InferOutput<typeof Member>;

/** What a procedure asks of its caller. `at`: which part of the input says where the role must hold. */
export type Access = {
  /** `nobody`: what was forgotten is refused. */
  role: Role | 'nobody';
  /**
   * `project`, `machine`: the input's `project` or `machineId`. `organization`: its `organization`. `everywhere`: only a
   * grant without limits will do. `own`: any grant will; the answer has what the caller may see.
   */
  at: 'project' | 'machine' | 'organization' | 'everywhere' | 'own';
};
