import { utf8Length } from './utf8.ts';

/** A text or bytes as they travel to the engine; `null` is an empty text. */
export type WireText = string | { base64: string } | null;

/** How many bytes it is. */
export function wireTextLength(text: WireText): number {
  if (text === null) return 0;
  if (typeof text === 'string') return utf8Length(text);
  const padding = text.base64.endsWith('==') ? 2 : text.base64.endsWith('=') ? 1 : 0;
  return (text.base64.length / 4) * 3 - padding;
}
