import type { MetricPoint } from '@fettle/contract';
import type { PointOrigin } from '@fettle/metrics';
import { otlpRequest } from '@fettle/metrics/otlp';
import { judgeExport, type ExportAnswer } from './core/judge-export.ts';
import type { MetricsSettings } from './settings.ts';
import { onlyOrigin } from '../outgoing/allow-target.ts';
import { fetchOutside } from '../outgoing/fetch-outside.ts';
import { log } from '../log.ts';

/** Three tries and two waits have to fit into the 30 s that a worker has after its answer. */
const TIMEOUT_MS = 4000;
/** An answer tells how many points were not taken, and why. */
const MOST_ANSWER_BYTES = 256 * 1024;
/** A collector that hangs must not fill the memory of the isolate. */
const MAX_IN_FLIGHT = 64;
const LOG_EVERY_MS = 60_000;

/** What an exporter needs of the world. */
export type World = {
  fetch(url: string, init: RequestInit): Promise<Response>;
  wait(ms: number): Promise<unknown>;
  /** Unix milliseconds. */
  now(): number;
  /** 0 to 1. */
  random(): number;
};

const world: World = {
  fetch: (url, init) => {
    const limits = { allow: onlyOrigin(url), timeoutMs: TIMEOUT_MS, maxBytes: MOST_ANSWER_BYTES };
    return fetchOutside(url, init, limits);
  },
  wait: (ms) => scheduler.wait(ms),
  now: Date.now,
  random: Math.random,
};

/**
 * Sends reports to a collector. Best effort, at most three tries within 30 s; what fails is counted and told in the log
 * once a minute. Never rejects.
 */
export class OtlpExporter {
  private readonly world: World;
  private inFlight = 0;
  private failed = { reports: 0, points: 0 };
  private loggedAt = -Infinity;

  constructor(over: Partial<World> = {}) {
    this.world = { ...world, ...over };
  }

  /** Sends the points of one report. `now`: when the report came, in Unix milliseconds. */
  async export(
    settings: MetricsSettings,
    origin: PointOrigin,
    points: readonly MetricPoint[],
    now: number,
  ): Promise<void> {
    if (settings.FETTLE_OTLP_URL === undefined) return;
    if (this.inFlight >= MAX_IN_FLIGHT) {
      this.count({ reports: 1, points: 0, why: `${MAX_IN_FLIGHT} are under way` });
      return;
    }
    this.inFlight += 1;
    try {
      const body = JSON.stringify(otlpRequest(origin, points, now));
      await this.send(settings.FETTLE_OTLP_URL, settings.FETTLE_OTLP_HEADERS ?? [], body);
    } catch (error) {
      this.count({ reports: 1, points: 0, why: String(error) });
    } finally {
      this.inFlight -= 1;
    }
  }

  private async send(url: string, headers: [string, string][], body: string): Promise<void> {
    for (let tried = 1; ; tried += 1) {
      const answer = await this.ask(url, headers, body);
      const verdict = judgeExport(answer, tried, this.world.now(), this.world.random());
      if (verdict.kind === 'again') {
        await this.world.wait(verdict.afterMs);
        continue;
      }
      if (verdict.kind === 'failed') this.count({ reports: 1, points: 0, why: verdict.reason });
      else if (verdict.rejectedPoints > 0)
        this.count({ reports: 0, points: verdict.rejectedPoints, why: verdict.reason });
      return;
    }
  }

  private async ask(url: string, headers: [string, string][], body: string): Promise<ExportAnswer> {
    try {
      const response = await this.world.fetch(url, {
        method: 'POST',
        headers: [...headers, ['content-type', 'application/json']],
        body,
        // A redirect would carry our headers to whoever it names.
        redirect: 'manual',
      });
      return {
        status: response.status,
        retryAfter: response.headers.get('retry-after'),
        body: await response.text(),
      };
    } catch (error) {
      return { status: 0, retryAfter: null, body: String(error) };
    }
  }

  private count({ reports, points, why }: { reports: number; points: number; why: string }): void {
    this.failed.reports += reports;
    this.failed.points += points;
    const now = this.world.now();
    if (now - this.loggedAt < LOG_EVERY_MS) return;
    const sum = `${this.failed.reports} reports and ${this.failed.points} points were not taken`;
    log.warn(`OTLP: ${sum} since this was last said; the last: ${why}`);
    this.failed = { reports: 0, points: 0 };
    this.loggedAt = now;
  }
}

const exporter = new OtlpExporter();

/** Sends the points of a report to the collector, if there is one. Never rejects. */
export function exportReport(...report: Parameters<OtlpExporter['export']>): Promise<void> {
  return exporter.export(...report);
}
