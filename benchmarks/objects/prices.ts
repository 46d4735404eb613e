import type { Counted } from './counted.ts';

/** Dollars, from Cloudflare's price list of November 2026 for what is above the included amounts. */
const PRICES = {
  /** A million requests to objects: calls and alarms. */
  requests: 0.15,
  rowsRead: 0.001,
  rowsWritten: 1,
  /** A million gigabyte-seconds, at 128 MB whatever is used. */
  gigabyteSeconds: 12.5,
  /** A million points given to Analytics Engine. */
  points: 0.25,
} as const;

const OBJECT_GIGABYTES = 0.128;
const MONTH_MS = 30 * 86_400_000;

/** What one part of the bill is made of. */
export type CostPart = { name: keyof typeof PRICES; perMonth: number; dollars: number };

/** What was counted of `machines` machines in `windowMs`, as a month's bill for one of them. */
export function monthlyCost(counted: Counted, machines: number, windowMs: number): CostPart[] {
  const perMonth = MONTH_MS / windowMs / machines;
  const amounts = {
    requests: Object.values(counted.requests).reduce((sum, count) => sum + count, 0),
    rowsRead: counted.rowsRead,
    rowsWritten: rowsWritten(counted),
    gigabyteSeconds: (counted.activeMs / 1000) * OBJECT_GIGABYTES,
    points: counted.pointsWritten,
  };
  return (Object.keys(PRICES) as (keyof typeof PRICES)[]).map((name) => ({
    name,
    perMonth: amounts[name] * perMonth,
    dollars: (amounts[name] * perMonth * PRICES[name]) / 1e6,
  }));
}

/** Rows as the platform bills them: an alarm that is set is one. */
export function rowsWritten({ rowsWritten: rows, alarmsSet }: Counted): number {
  return rows + alarmsSet;
}

/** What happened between two readings of the counters. */
export function difference(after: Counted, before: Counted): Counted {
  const requests = { ...after.requests };
  for (const kind of Object.keys(requests) as (keyof Counted['requests'])[])
    requests[kind] -= before.requests[kind];
  return {
    rowsRead: after.rowsRead - before.rowsRead,
    rowsWritten: after.rowsWritten - before.rowsWritten,
    alarmsSet: after.alarmsSet - before.alarmsSet,
    pointsWritten: after.pointsWritten - before.pointsWritten,
    requests,
    activeMs: after.activeMs - before.activeMs,
  };
}
