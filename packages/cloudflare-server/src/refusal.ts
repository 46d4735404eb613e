/** What the API refuses, with its status and code. */

/** Becomes an answer in the API's envelope. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Codes as they are told by the API itself in public reports; what is not known there has the code of its family. */
export const refusals = {
  /** https://github.com/cloudflare/workers-sdk/issues/2863 */
  notAuthenticated: () => new Refusal(403, 10_000, 'Authentication error'),
  /** https://developers.cloudflare.com/fundamentals/api/ : no such route of the API. */
  noRoute: (path: string) => new Refusal(404, 7000, `No route for that URI: ${path}`),
  /** https://github.com/cloudflare/workers-sdk/issues/2863 : an account that the token is not for. */
  otherAccount: () => new Refusal(403, 10_000, 'Authentication error'),
  noScript: () => new Refusal(404, 10_007, 'This Worker does not exist on your account.'),
  badScriptName: (name: string) =>
    new Refusal(400, 10_016, `Invalid Worker name '${name}': use a-z, 0-9, - and _, at most 63`),
  /** Whatever else is wrong with an upload. */
  badUpload: (why: string) => new Refusal(400, 10_021, why),
  /** https://github.com/cloudflare/workers-sdk/issues/10246 */
  classWithoutMigration: (name: string) =>
    new Refusal(
      400,
      10_061,
      `Cannot create binding for class '${name}' because it is not currently configured to implement Durable Objects. Ensure a --new-class migration has been applied to it.`,
    ),
  /** https://github.com/cloudflare/workers-sdk/issues/4943 */
  classNotExported: (name: string) =>
    new Refusal(
      400,
      10_070,
      `Cannot apply new-class migration to class '${name}' that is not exported by script`,
    ),
  /** Objects would lose their code. */
  classStillNeeded: (name: string) =>
    new Refusal(
      400,
      10_064,
      `New version of script does not export class '${name}' which is depended on by existing Durable Objects.`,
    ),
  /** https://github.com/elizaOS/eliza/issues/23975 */
  classExists: (name: string) =>
    new Refusal(
      400,
      10_074,
      `Cannot apply new-class migration to class '${name}' that is already depended on by existing Durable Objects`,
    ),
  noClass: (name: string) =>
    new Refusal(400, 10_075, `Cannot apply migration to class '${name}' that has no Durable Objects`),
  /** https://github.com/raphaeltm/simple-agent-manager/issues/1614 */
  keyValueObjects: () =>
    new Refusal(
      400,
      10_099,
      'Creating new key-value backed Durable Object namespaces is no longer supported on this account. Please create a namespace using a `new_sqlite_classes` migration instead.',
    ),
  /** Status and text as alchemy's `putWorker` reads them. */
  otherMigrationTag: (shown: string, expected: string) =>
    new Refusal(
      412,
      10_079,
      `Actor migration tag precondition failed, got tag '${shown}' when expected tag is '${expected}'.`,
    ),
  /** Text as alchemy's Worker resource waits for it. */
  previewsWithObjects: () =>
    new Refusal(400, 100_331, 'Cannot use Durable Objects with Preview URLs enabled.'),
  noVersion: () => new Refusal(404, 10_222, 'Version not found'),
  badDeployment: (why: string) => new Refusal(400, 10_213, why),
  badCron: (cron: string) => new Refusal(400, 10_100, `invalid cron string: ${cron}`),
  badAssets: (why: string) => new Refusal(400, 10_400, why),
  badAssetsToken: () => new Refusal(401, 10_401, 'The JWT of the assets upload is not valid'),
  noBucket: () => new Refusal(404, 10_006, 'The specified bucket does not exist.'),
  bucketExists: () =>
    new Refusal(409, 10_004, 'The bucket you tried to create already exists, and you own it.'),
  badBucketName: (name: string) => new Refusal(400, 10_005, `The bucket name '${name}' is not valid.`),
  badRules: (why: string) => new Refusal(400, 10_040, why),
  badDomain: (why: string) => new Refusal(400, 100_114, why),
  noDomain: () => new Refusal(404, 100_115, 'Custom domain not found'),
  badBody: (why: string) => new Refusal(400, 10_001, why),
};
