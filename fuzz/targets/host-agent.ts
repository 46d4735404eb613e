import * as fc from 'fast-check';
import { parseCgiHead } from '../../apps/host-agent/src/core/cgi-head.ts';
import { checkCreate } from '../../apps/host-agent/src/core/check-create.ts';
import { textOfFrames } from '../../apps/host-agent/src/core/log-frames.ts';
import { parsePs, parseStat } from '../../apps/host-agent/src/core/process-entry.ts';
import { controlPath, gitRoute, proxyRoute } from '../../apps/host-agent/src/core/routes.ts';
import { MachineRecord } from '../../apps/host-agent/src/disk/machine-records.ts';
import { parseCommand } from '../../apps/host-agent/src/options.ts';
import { CreateMachine } from '@fettle/contract';
import * as v from 'valibot';
import { fromSchema } from '../arbitraries/from-schema.ts';
import { damaged, hostileText } from '../arbitraries/hostile.ts';
import { mutated } from '../arbitraries/mutate.ts';
import { isMeant, parser, target, type Target } from '../target.ts';

const machineId = 'demo.web-1.1';
const PATHS = [
  `/machines/${machineId}/ports/daemon/rpc/v1/health`,
  `/control/machine/v1/rpc/report`,
  `/control/machine/v1/evidence/${machineId}/1/logs.txt`,
  '/git/platform.git/info/refs',
  '/git/customer.git/git-upload-pack',
];
const OPTIONS = [
  'serve',
  'reset',
  '--state',
  '/var/lib/fettle',
  '--token-file=/t',
  '--control-url',
  'https://fettle.example.com',
  '--repos',
  '--image-dir',
  '--port',
  '8080',
  '--backend=docker',
  '--host-id',
  '--exit-with-stdin',
  '--help',
];
const STAT =
  '4711 (node (x) y) S 1 4711 4711 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 11 0 99 1000 200 18446744073709551615';
const PS =
  '  4711     1  4711 Ss Thu Nov 26 21:00:00 2026 node FETTLE_HOST_ID=h FETTLE_MACHINE_ID=demo.web-1.1 boot';

/** What a host-agent reads: command lines, paths, answers of git, process tables, its own files, orders. */
export const hostAgentTargets: readonly Target[] = [
  target({
    name: 'host-agent-routes',
    about: 'paths that go on to a machine, the control plane or git',
    inputs: 15_000,
    arbitrary: fc.tuple(
      fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'get'),
      damaged(fc.constantFrom(...PATHS)),
      fc.option(hostileText),
    ),
    check([method, path, service]) {
      proxyRoute(path);
      const open = controlPath(method, path);
      if (open !== null && !open.startsWith('/machine/v1/')) throw new Error(`${open} is not for machines`);
      const git = gitRoute(method, path, service);
      if (git !== null && !/^\/(platform|customer)\.git\//.test(git))
        throw new Error(`${git} is no repository of ours`);
    },
  }),
  parser('host-agent-options', {
    about: 'command lines',
    inputs: 6000,
    arbitrary: fc.array(fc.oneof(fc.constantFrom(...OPTIONS), hostileText), { maxLength: 14 }),
    parse: parseCommand,
  }),
  parser('host-agent-cgi', {
    about: 'heads that git http-backend prints',
    inputs: 6000,
    arbitrary: damaged(
      fc.constant('Status: 200 OK\r\nContent-Type: application/x-git-upload-pack-result\r\n'),
    ),
    parse(text) {
      const { status, headers } = parseCgiHead(text);
      if (!(status >= 100 && status <= 999)) throw new Error(`${status} is no status`);
      // Throws for what HTTP does not take.
      return new Headers(Object.entries(headers));
    },
  }),
  parser('host-agent-log-frames', {
    about: 'output of a container as the engine frames it',
    inputs: 6000,
    arbitrary: fc.uint8Array({ maxLength: 200 }),
    parse: (bytes) => textOfFrames(Buffer.from(bytes)),
  }),
  parser('host-agent-process-tables', {
    about: 'what /proc and ps say of processes',
    inputs: 8000,
    arbitrary: fc.tuple(damaged(fc.constant(STAT)), damaged(fc.constant(PS))),
    parse([stat, ps]) {
      parseStat(stat);
      parsePs(ps, 'h');
    },
  }),
  parser('host-agent-records', {
    about: 'its own record of a machine, as a disk may give it back',
    inputs: 5000,
    arbitrary: mutated(fromSchema(MachineRecord)),
    parse: (record) => v.safeParse(MachineRecord, record),
  }),
  parser('host-agent-create', {
    about: 'orders to make a machine',
    inputs: 6000,
    arbitrary: mutated(fromSchema(CreateMachine)),
    parse(order) {
      const parsed = v.safeParse(CreateMachine, order);
      if (parsed.success) checkCreate(parsed.output);
    },
    mayThrow: isMeant,
  }),
];
