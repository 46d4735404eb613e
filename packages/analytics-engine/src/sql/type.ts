/** Types of values. All but `Date` and `Array` are names that production's messages use. */
export type Type =
  | 'Integer'
  | 'Double'
  | 'String'
  | 'DateTime'
  | 'Date'
  | 'Boolean'
  | 'Interval'
  | 'Array'
  | 'Null';

export const NUMBER: readonly Type[] = ['Integer', 'Double'];
export const TIME: readonly Type[] = ['DateTime', 'Date'];

/** What may stand where a condition is wanted; `bitTest` gives an Integer and is documented as one. */
export const CONDITION: readonly Type[] = ['Boolean', 'Integer'];

/** Values that rows can hold, and that can be grouped, counted and picked. */
export const SCALAR: readonly Type[] = ['Integer', 'Double', 'String', 'DateTime', 'Date', 'Boolean'];

export function isNumber(type: Type): boolean {
  return NUMBER.includes(type);
}

export function isTime(type: Type): boolean {
  return TIME.includes(type);
}
