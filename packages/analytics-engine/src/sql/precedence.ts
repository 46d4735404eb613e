/** How tightly operators bind, loosest first. Of two with the same number the left one is taken first. */
export const PRECEDENCE = {
  or: 5,
  and: 10,
  not: 15,
  like: 19,
  comparison: 20,
  sum: 30,
  product: 40,
} as const;
