import { describeSchemas } from './describe-schemas.ts';
import type { Docstrings } from './docstrings.ts';
import { errorResponses, errorSchemas } from './errors.ts';
import { namedSchemas } from './json-schema.ts';
import { evidencePaths, machinePaths } from './machine-paths.ts';
import type { Document, JsonSchema } from './openapi.ts';
import { operatorPaths } from './operator-paths.ts';

/** Version of the API, as it is in its paths; what is added to it changes the number behind the dot. */
const VERSION = '1.0';

const INFO: Document['info'] = {
  title: 'Fettle',
  version: VERSION,
  summary: 'Keeps fleets of sandbox machines in working order',
  description: [
    'Times are milliseconds since the Unix epoch, lengths of time are milliseconds. What has a default may be left out of a request, and is always in an answer.',
    'An unknown field of a request is refused; answers may get new fields. Every answer has an `x-request-id`, which the logs and the audit log know.',
    'A command answers 202 when it was taken; what comes of it shows in the machine or the project. `GET` changes nothing and `PUT` may be repeated. Repeat anything else only after `TOO_MANY_REQUESTS`.',
  ].join('\n\n'),
};

const TAGS: Document['tags'] = [
  { name: 'Projects', description: 'Owners of fleets: what their machines are, their policy, their slots.' },
  { name: 'Machines', description: 'Sandbox machines, by `<project>.<slot>.<generation>`.' },
  { name: 'Versions', description: 'What machines run: rollouts, pins, quarantines, the ledger.' },
  { name: 'Services', description: 'Processes of a machine.' },
  { name: 'Metrics', description: 'What was measured.' },
  { name: 'Access', description: 'Tokens of operators, and people of Cloudflare Access, with their grants.' },
  { name: 'Audit', description: 'Who did what: hash-chained rows, and what was exported of them.' },
  {
    name: 'Machine',
    description:
      'What daemons of machines call. Nobody else needs it; its paths stay so that old daemons keep working.',
  },
];

const bearer = (description: string) => ({
  type: 'http',
  scheme: 'bearer',
  description,
});

const SECURITY: Document['components']['securitySchemes'] = {
  operatorToken: bearer("A token of operators, `fop1.…`, or the deployment's own."),
  cloudflareAccess: {
    type: 'apiKey',
    in: 'header',
    name: 'Cf-Access-Jwt-Assertion',
    description: 'Set by Cloudflare Access for whom it lets in; grants are those of the member.',
  },
  machineToken: bearer('Lives for a minute; every report answers with the next.'),
  renewalToken: bearer('Gets the next machine token, and nothing else.'),
  bootstrapToken: bearer('Gets the first renewal token, once.'),
};

/** The OpenAPI 3.1 document of everything that is called from outside. `docstrings`: of the contract's sources. */
export async function openApiDocument(docstrings: Docstrings): Promise<Document> {
  const schemas = { ...describeSchemas(namedSchemas(), docstrings), ...errorSchemas };
  const paths = { ...(await operatorPaths(schemas)), ...evidencePaths(), ...machinePaths() };
  return {
    openapi: '3.1.1',
    info: INFO,
    servers: [{ url: '/', description: 'The control plane that serves this document' }],
    tags: TAGS,
    paths,
    components: {
      schemas: onlyUsed(schemas, { paths, errorResponses }),
      responses: errorResponses,
      securitySchemes: SECURITY,
    },
  };
}

/** Schemas that somebody refers to, directly or by another one, by their names. */
function onlyUsed(schemas: Readonly<Record<string, JsonSchema>>, from: unknown): Record<string, JsonSchema> {
  const used = new Set<string>();
  const follow = (text: string): void => {
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      follow(JSON.stringify(schemas[name]));
    }
  };
  follow(JSON.stringify(from));
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
}
