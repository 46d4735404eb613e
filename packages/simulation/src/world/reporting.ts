/** The daemons' side of health: every machine reports in its own rhythm, for as long as there is a machine. */
import type { HealthReport } from '@fettle/contract';
import type { Scheduled } from '../runtime/timeline.ts';
import type { Caller } from '../runtime/turns.ts';
import { usualDelay } from './link.ts';
import type { Placement } from './placement.ts';
import type { World } from './world.ts';

/** Share of reports that are under way for a while. */
const LATE_REPORTS = 0.1;

/** A repeated report comes this much later, at most. */
const LATEST_REPEAT_MS = 60_000;

export class Reporter implements Caller<number | null> {
  private readonly world: World;
  private readonly placement: Placement;
  private next: Scheduled | null = null;

  constructor(world: World, placement: Placement) {
    this.world = world;
    this.placement = placement;
  }

  /** The machine came up: it reports soon, and from then on in its rhythm. */
  begin(): void {
    const { random, policy } = this.world;
    this.dueIn(random.between(500, Math.min(5000, policy.report.everyMs)));
  }

  /** Reports, and goes on as long as the machine exists. */
  due(): void {
    this.next = null;
    const { sandbox } = this.placement;
    if (sandbox === undefined || sandbox.power === 'absent') return;
    this.send();
    if (this.next === null) this.dueIn(this.world.policy.report.everyMs);
  }

  /** The control plane says how long to wait before the next report; it says nothing to a machine that was given up. */
  reply(waitMs: number | null): void {
    if (waitMs !== null) this.dueIn(waitMs);
  }

  /** The report was not taken: the next one comes in its rhythm. */
  fail(): void {}

  /** Reports at once: the rhythm has come to it, or a service changed. */
  send(): void {
    const { world, placement } = this;
    const { timeline, random } = world;
    if (world.runtime.isDown) return;
    const report = placement.sandbox?.report(timeline.now) ?? null;
    if (report === null) return;
    const { trouble } = placement.up;
    if (trouble === null) {
      if (!random.chance(LATE_REPORTS)) return placement.object.call('report', report, this);
      timeline.schedule(timeline.now + usualDelay(random), reportArrived, placement, report);
      return;
    }
    if (!random.chance(trouble.lost)) {
      const delay = usualDelay(random) + random.between(0, trouble.slowMs);
      timeline.schedule(timeline.now + delay, reportArrived, placement, report);
    }
    if (random.chance(trouble.repeated)) {
      const delay = random.between(1, LATEST_REPEAT_MS);
      timeline.schedule(timeline.now + delay, reportArrived, placement, report);
    }
  }

  private dueIn(ms: number): void {
    const { timeline } = this.world;
    timeline.cancel(this.next);
    this.next = timeline.schedule(timeline.now + ms, reportDue, this, null);
  }
}

function reportDue(reporter: Reporter): void {
  reporter.due();
}

function reportArrived(placement: Placement, report: HealthReport): void {
  placement.object.call('report', report, placement.reporter);
}
