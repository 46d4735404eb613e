import { Machine } from './machine.ts';

/** A Fly Machine with the volume that has its disk. */
export class FlyMachine extends Machine {
  protected override readonly type = 'fly';
}
