/** What every route of the server has at hand, and how it answers. */
import { randomBytes } from 'node:crypto';
import type { Context, Hono } from 'hono';
import * as v from 'valibot';
import type { AccountStore } from './account-store.ts';
import type { AssetsTokens } from './assets-token.ts';
import { refusals } from './refusal.ts';

export type ApiEnv = {
  Variables: {
    /** What is recorded as the call's body. */
    body: unknown;
  };
};
export type ApiContext = Context<ApiEnv>;
export type Api = Hono<ApiEnv>;

/** What the routes work on. */
export type Parts = { store: AccountStore; assetsTokens: AssetsTokens };

/** The envelope of an answer that says yes. */
export function success(
  c: ApiContext,
  result: unknown,
  more: { status?: 200 | 201; info?: object } = {},
): Response {
  const { status = 200, info } = more;
  const envelope = { success: true, errors: [], messages: [], result };
  return c.json(info === undefined ? envelope : { ...envelope, result_info: info }, status);
}

/** One page with everything on it. */
export function list(c: ApiContext, result: unknown[]): Response {
  const count = result.length;
  return success(c, result, {
    info: { page: 1, per_page: Math.max(count, 20), total_pages: 1, count, total_count: count },
  });
}

/** The JSON body, checked; throws a `Refusal` that names what is wrong. */
export async function jsonBody<Schema extends v.GenericSchema>(
  c: ApiContext,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const body: unknown = await c.req.json().catch(() => {
    throw refusals.badBody('the body is not JSON');
  });
  c.set('body', body);
  return checked(schema, body, refusals.badBody);
}

export function checked<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  refusal: (why: string) => Error,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw refusal(`${v.getDotPath(issue) ?? 'body'}: ${issue.message}`);
}

/** An id as the API makes them: 32 hexadecimal digits. */
export function newId(): string {
  return randomBytes(16).toString('hex');
}
