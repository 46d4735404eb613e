/** How many bytes a text takes in UTF-8, without encoding it. A lone surrogate takes three, as its replacement does. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      bytes += 1;
    } else if (isPair(unit, text.charCodeAt(i + 1))) {
      bytes += 2; // four bytes for two units
      i += 1;
    } else {
      bytes += 2;
    }
  }
  return bytes;
}

function isPair(high: number, low: number): boolean {
  return high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff;
}
