import { Machine } from './machine.ts';

/** A machine on a host of ours: a container, or a process tree where the host has no Docker. */
export class LocalDockerMachine extends Machine {
  protected override readonly type = 'local-docker';
}
