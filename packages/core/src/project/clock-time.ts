/** A moment for people, to the second: it stays the same however often it is said, unlike "in three minutes". */
export function clockTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
