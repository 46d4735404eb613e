/** Where each procedure of operators is as HTTP, below `OPERATOR_API`, and what it is called in the documentation. */
import type { Route } from '@orpc/contract';

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

const route =
  (tag: string, method: Method, successStatus = 200) =>
  (path: `/${string}`, summary: string, description?: string): Route => ({
    method,
    path,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    successStatus,
    successDescription: ANSWERS[successStatus] ?? 'OK',
  });

const ANSWERS: Readonly<Record<number, string>> = {
  200: 'The answer',
  201: 'It was made',
  202: 'It will be carried out; what comes of it shows in the machine or the project',
};

/** The verbs of one tag. What is `GET` changes nothing; what is `PUT` may be repeated and changes nothing more. */
const verbs = (tag: string) => ({
  get: route(tag, 'GET'),
  put: route(tag, 'PUT'),
  post: route(tag, 'POST'),
  create: route(tag, 'POST', 201),
  command: route(tag, 'POST', 202),
  remove: route(tag, 'DELETE'),
});

const projects = verbs('Projects');
const versions = verbs('Versions');
const machines = verbs('Machines');
const services = verbs('Services');
const metrics = verbs('Metrics');
const access = verbs('Access');
const audit = verbs('Audit');

/** By the names of `operatorContract`. */
export const operatorRoutes = {
  projects: {
    list: projects.get('/projects', 'List projects', 'Only those that the caller may look at.'),
    apply: projects.put(
      '/projects/{project}',
      'Create or change a project',
      'The project is made, or changed to what is given. Slots that are left out are kept.',
    ),
    get: projects.get('/projects/{project}', 'Show a project'),
    setPolicy: projects.put(
      '/projects/{project}/policy',
      'Replace the policy of a project',
      'Two values that contradict each other are refused; the error names both. What is left out gets its default.',
    ),
    setQuota: projects.put('/projects/{project}/quota', 'Replace the quota of a project'),
    overrideGuard: projects.post(
      '/projects/{project}/guard/override',
      'Let recovery pass the storm guard for a while',
      'For somebody who has looked and knows that the machines are as bad as they seem. Budgets still hold.',
    ),
    refreshCode: versions.command(
      '/projects/{project}/rollouts',
      'Bring machines to other versions, wave by wave',
      'A wave that hurts ends the rollout and takes back what it changed. One rollout goes on at a time.',
    ),
    stopRollout: versions.command(
      '/projects/{project}/rollouts/stop',
      'End the rollout that goes on',
      'With `revert`, machines that were changed get their earlier versions again.',
    ),
    pin: versions.put('/projects/{project}/pins/{slot}', 'Keep a slot on the versions that it runs'),
    unpin: versions.remove('/projects/{project}/pins/{slot}', 'Let the versions of a slot change again'),
    quarantine: versions.command(
      '/projects/{project}/quarantines',
      'Quarantine versions',
      'No machine is brought to them any more, and those that run them are brought away.',
    ),
    liftQuarantine: versions.post('/projects/{project}/quarantines/lift', 'Lift a quarantine'),
    sweep: projects.post(
      '/projects/{project}/sweep',
      'Wake machines whose alarm is lost',
      'The same as happens every minute anyway.',
    ),
  },
  machines: {
    list: machines.get('/projects/{project}/machines', 'List the machines of a project'),
    get: machines.get('/machines/{machineId}', 'Show a machine'),
    start: machines.command('/machines/{machineId}/start', 'Start a machine'),
    stop: machines.command(
      '/machines/{machineId}/stop',
      'Stop a machine',
      'It stays stopped until somebody starts it: a machine that was stopped on purpose is not healed.',
    ),
    restart: machines.command('/machines/{machineId}/restart', 'Restart a machine'),
    refreshCode: versions.command(
      '/machines/{machineId}/versions',
      'Bring the checkouts of a machine to other commits',
      'They are prepared and verified beside the present ones before the machine switches.',
    ),
    rebuild: machines.command(
      '/machines/{machineId}/rebuild',
      'Run a machine from another image',
      'Its disk stays. Not every type of machine can do it.',
    ),
    evidence: machines.get(
      '/machines/{machineId}/evidence',
      'List what was collected before something destructive',
      'The newest bundle first. The files are at `/api/v1/evidence/{machineId}/{id}/{part}`.',
    ),
    restoreWork: machines.command(
      '/machines/{machineId}/work/restore',
      'Bring saved work back into the checkouts',
      'The bundle may be of an earlier machine of the slot. It comes back as uncommitted changes, whole or not at all.',
    ),
    revokeCredentials: machines.command(
      '/machines/{machineId}/credentials/revoke',
      'Take back every credential of a machine',
      'What it showed before is refused within a minute; it is given new ones by a signed command.',
    ),
    exec: machines.post('/machines/{machineId}/exec', 'Run a program in a machine', 'Without a shell.'),
    snapshots: machines.get('/machines/{machineId}/snapshots', 'List the health checks of a machine'),
    events: machines.get('/machines/{machineId}/events', 'List what happened to a machine'),
    incidents: machines.get('/machines/{machineId}/incidents', 'List the incidents of a machine'),
    ledger: versions.get('/machines/{machineId}/ledger', 'List which versions work on a machine'),
  },
  services: {
    list: services.get('/machines/{machineId}/services', 'List the services of a machine'),
    restart: services.command('/machines/{machineId}/services/restart', 'Restart services'),
    logs: services.get('/machines/{machineId}/services/{name}/logs', 'Show the last output of a service'),
  },
  metrics: {
    query: metrics.get(
      '/projects/{project}/metrics/{name}',
      'Answer a question from what was measured',
      'Each question is one SQL query; the answer tells which.',
    ),
  },
  slots: {
    resolve: projects.get('/projects/{project}/slots/{slot}', 'Tell which machine a slot leads to'),
  },
  tokens: {
    create: access.create(
      '/tokens',
      'Make a token of operators',
      'The answer is the only place where its secret is told. Nobody gives more than they have.',
    ),
    list: access.get('/tokens', 'List tokens of operators'),
    revoke: access.remove('/tokens/{id}', 'Revoke a token of operators', 'Within a minute it opens nothing.'),
    whoami: access.get('/whoami', 'Tell who the caller is, and what they may do'),
  },
  members: {
    set: access.put(
      '/members/{name}',
      'Give a person of Cloudflare Access exactly these grants',
      'Nobody gives more than they have.',
    ),
    list: access.get('/members', 'List people who have grants'),
    remove: access.remove('/members/{name}', 'Take every grant from a person'),
  },
  audit: {
    list: audit.get('/projects/{project}/audit', 'List the audit log of a project', 'The oldest row first.'),
    heads: audit.get('/projects/{project}/audit/heads', 'List what was exported of the audit log'),
    listAccess: audit.get('/audit', 'List the audit log of access', 'Tokens, members and quotas.'),
    accessHeads: audit.get('/audit/heads', 'List what was exported of the audit log of access'),
  },
};
