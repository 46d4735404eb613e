import { Machine } from './machine.ts';

/** A sandbox at Daytona. */
export class DaytonaMachine extends Machine {
  protected override readonly type = 'daytona';
}
