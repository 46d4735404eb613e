import * as fc from 'fast-check';
import {
  FreshCredentials,
  MACHINE_VARIABLE,
  MachineSpec,
  MetricsAnswer,
  ReportAnswer,
} from '@fettle/contract';
import * as v from 'valibot';
import { parseJsonText } from '../../apps/daemon/src/disk/machine-files.ts';
import { excludePatterns } from '../../apps/daemon/src/install/exclude-patterns.ts';
import { Manifest } from '../../apps/daemon/src/install/manifest.ts';
import { planInstall } from '../../apps/daemon/src/install/plan-install.ts';
import * as cgroup from '../../apps/daemon/src/metrics/cgroup.ts';
import { groupFolders } from '../../apps/daemon/src/metrics/cgroup-folders.ts';
import * as proc from '../../apps/daemon/src/metrics/proc.ts';
import { takeBootEnvironment } from '../../apps/daemon/src/runtime/boot-environment.ts';
import { remoteFailure } from '../../apps/daemon/src/versions/remote-failure.ts';
import { repositoryAccess } from '../../apps/daemon/src/versions/repository-access.ts';
import { fromSchema } from '../arbitraries/from-schema.ts';
import { CANARY_VALUE, damaged, hostileText } from '../arbitraries/hostile.ts';
import { mutated } from '../arbitraries/mutate.ts';
import { isMeant, parser, type Target } from '../target.ts';

const KERNEL_TEXTS = [
  'MemTotal:       16384 kB\nMemAvailable:   8192 kB\n',
  'cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3\n',
  '0.52 0.58 0.59 1/467 12345\n',
  'Inter-|   Receive\n face |bytes\n  eth0: 100 1 0 0 0 0 0 0 200 2 0 0 0 0 0 0\n',
  'some avg10=0.00 avg60=0.00 avg300=0.00 total=12345\nfull avg10=0 total=1\n',
  '1024\t0\t9223372036854775807\n',
  'max\n',
  '9223372036854771712\n',
  '50000 100000\n',
  'usage_usec 12345\nuser_usec 1\n',
  '0-3,5,7-8\n',
  'low 0\nhigh 0\nmax 1\noom 2\noom_kill 3\n',
  'inactive_file 4096\ntotal_inactive_file 4096\n',
];
const MOUNTS =
  '30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n35 24 0:31 /docker/x /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n';

/** A file of JSON: a value that its schema takes, changed, as text, damaged. */
const file = (schema: v.GenericSchema) =>
  damaged(mutated(fromSchema(schema)).map((value) => JSON.stringify(value) ?? 'undefined'));

/** No error may quote a value: it may be a secret. Names of fields are told. */
function withoutEcho(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    if (!isMeant(error)) throw error;
    if ((error as Error).message.includes(CANARY_VALUE)) throw new Error('it is echoed', { cause: error });
  }
}

/** What a machine's runtime reads: files, environment, manifests, the kernel's texts, git's words, answers. */
export const daemonTargets: readonly Target[] = [
  parser('daemon-files', {
    about: 'machine.json',
    inputs: 6000,
    arbitrary: file(MachineSpec),
    parse: (text) => withoutEcho(() => parseJsonText({ text, from: 'machine.json', schema: MachineSpec })),
  }),
  parser('daemon-environment', {
    about: 'the variable that tells a machine who it is',
    inputs: 4000,
    arbitrary: file(MachineSpec),
    parse: (text) => withoutEcho(() => takeBootEnvironment({ [MACHINE_VARIABLE]: text })),
  }),
  parser('daemon-answers', {
    about: 'what a control plane, or something in its place, answers',
    inputs: 6000,
    arbitrary: fc.oneof(
      ...[ReportAnswer, MetricsAnswer, FreshCredentials].map((schema) => mutated(fromSchema(schema))),
    ),
    parse(answer) {
      for (const schema of [ReportAnswer, MetricsAnswer, FreshCredentials]) v.safeParse(schema, answer);
    },
  }),
  parser('daemon-manifests', {
    about: 'package.json and lockfiles of a repository',
    inputs: 6000,
    arbitrary: fc.tuple(
      mutated(fromSchema(Manifest)),
      fc.dictionary(
        fc.constantFrom('package-lock.json', 'pnpm-lock.yaml', 'yarn.lock', 'bun.lock'),
        hostileText,
      ),
      hostileText,
    ),
    parse([manifest, lockfiles, status]) {
      const parsed = v.safeParse(Manifest, manifest);
      excludePatterns(`?? ${status}\0!! ${status}`);
      if (parsed.success)
        planInstall(parsed.output, new Map(Object.entries(lockfiles)) as Map<never, string>);
    },
    mayThrow: isMeant,
  }),
  parser('daemon-kernel-texts', {
    about: 'what /proc and control groups say',
    inputs: 20_000,
    arbitrary: fc.tuple(damaged(fc.constantFrom(...KERNEL_TEXTS)), damaged(fc.constant(MOUNTS)), hostileText),
    parse([text, mountinfo, own]) {
      proc.parseMeminfo(text);
      proc.parseProcStat(text);
      proc.parseLoad1(text);
      proc.parseNetDev(text);
      proc.parsePressure(text);
      proc.parseFileNr(text);
      cgroup.memoryLimit(text);
      cgroup.memoryUsed(text, text, 'inactive_file');
      cgroup.memoryKills(text);
      cgroup.cpuMax(text);
      cgroup.cfsQuota(text, text);
      cgroup.cpuUsedMs(text, 2);
      cgroup.cpuSetSize(text);
      cgroup.processIds(text);
      groupFolders({ cgroup: `0::${own}\n4:memory:${own}`, mountinfo }, 'memory');
    },
  }),
  parser('daemon-git', {
    about: 'what git prints, and addresses of repositories',
    inputs: 6000,
    arbitrary: fc.tuple(
      hostileText,
      damaged(fc.constantFrom('https://user:p%40ss@git.example.com/a.git', 'ssh://git@host/a', 'file:///a')),
    ),
    parse([output, url]) {
      remoteFailure(output);
      if (URL.canParse(url)) repositoryAccess(url);
    },
    mayThrow: isMeant,
  }),
];
