const EIGHTHS = ' ▁▂▃▄▅▆▇█';

/**
 * Values as an area of block characters: lines from top to bottom, one character for each value. `max` is the value of
 * the full height. What was not measured (`null`) stays empty; a measured 0 is a line at the bottom.
 */
export function drawBlocks(
  values: readonly (number | null)[],
  { height, max }: { height: number; max: number },
): string[] {
  const levels = values.map((value) => (value === null ? 0 : levelOf(value / max, height * 8)));
  return Array.from({ length: height }, (_, row) => {
    const below = (height - 1 - row) * 8;
    return levels.map((level) => EIGHTHS[Math.min(Math.max(level - below, 0), 8)]).join('');
  });
}

/** The same in one line. */
export function sparkline(values: readonly (number | null)[], max: number): string {
  return drawBlocks(values, { height: 1, max }).join('');
}

function levelOf(share: number, eighths: number): number {
  return Number.isFinite(share) ? Math.min(Math.max(Math.round(share * eighths), 1), eighths) : 1;
}
