import { styleText } from 'node:util';

/** The colours and emphases that are used. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'blue' | 'magenta';

/** What is known of where output goes. */
export interface Terminal {
  /** Somebody watches. */
  readonly isTty: boolean;
  /** Columns; null: unlimited. */
  readonly width: number | null;
  /** The text in a style, or as it is where styles are not wanted. */
  paint(style: Style, text: string): string;
}

/** A stream as a terminal. Styles only on a real one, and not when NO_COLOR is set. */
export function terminalOf(stream: NodeJS.WriteStream): Terminal {
  return {
    isTty: stream.isTTY === true,
    width: stream.isTTY ? stream.columns : null,
    paint: (style, text) => styleText(style, text, { stream }),
  };
}

/** A file or a pipe. */
export const PLAIN: Terminal = { isTty: false, width: null, paint: (_style, text) => text };
