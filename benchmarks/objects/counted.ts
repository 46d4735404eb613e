/** What objects did since workerd started: what the platform bills by. */
export type Counted = {
  rowsRead: number;
  rowsWritten: number;
  /** Each alarm that is set, or taken away, is a row written on the bill. */
  alarmsSet: number;
  /** Points given to Analytics Engine. */
  pointsWritten: number;
  requests: { alarms: number; reports: number; sweeps: number; projectSweeps: number; projectAlarms: number };
  /** Time in which an object was at work, added up. */
  activeMs: number;
};
