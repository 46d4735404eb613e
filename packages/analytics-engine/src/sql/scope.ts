import { checkExpression } from './check-expression.ts';
import { columnName } from './column-name.ts';
import { MAX_OPEN_ALIASES, Refusal, tooDeep, unknownColumn, unsupportedExpression } from './refusal.ts';
import type { Expression, SelectItem } from './syntax.ts';
import type { Type } from './type.ts';
import { typedAlias, typedColumn, type Typed } from './typed.ts';

/** One column of a result. */
export type Output = { name: string; value: Typed };

/**
 * The names of one SELECT: its aliases, and the columns of its FROM behind them. As in ClickHouse an alias hides the
 * column of the same name, except within the alias's own expression.
 */
export class Scope {
  readonly #columns: ReadonlyMap<string, Type>;
  readonly #expressions: ReadonlyMap<string, Expression>;
  readonly #checked = new Map<string, Typed>();
  /** Aliases whose expressions are being checked, outermost first. */
  readonly #open: string[] = [];

  constructor(columns: ReadonlyMap<string, Type>, items: readonly SelectItem[]) {
    this.#columns = columns;
    this.#expressions = aliasesOf(items);
  }

  /** What a name stands for in every clause but ORDER BY. */
  readonly resolve = (name: string): Typed => {
    if (!this.#expressions.has(name) || this.#open.at(-1) === name) return this.#column(name);
    if (this.#open.includes(name)) throw new Refusal(`alias stands for itself: "${name}"`);
    return typedAlias(name, this.#alias(name));
  };

  check(expression: Expression): Typed {
    return checkExpression(expression, this.resolve);
  }

  /** The columns of the result. */
  outputs(items: readonly SelectItem[]): Output[] {
    return items.flatMap((item): Output[] => {
      if (item.kind === 'all') {
        return Array.from(this.#columns, ([name, type]) => ({ name, value: typedColumn(name, type) }));
      }
      if (item.alias !== null) return [{ name: item.alias, value: this.#alias(item.alias) }];
      const value = this.check(item.value);
      if (value.type === 'Null') throw unsupportedExpression('NULL');
      return [{ name: columnName(value), value }];
    });
  }

  #alias(name: string): Typed {
    const known = this.#checked.get(name);
    if (known !== undefined) return known;
    if (this.#open.length >= MAX_OPEN_ALIASES) throw tooDeep();
    this.#open.push(name);
    const value = this.check(this.#expressions.get(name)!);
    this.#open.pop();
    if (value.type === 'Null') throw unsupportedExpression('NULL');
    this.#checked.set(name, value);
    return value;
  }

  #column(name: string): Typed {
    const type = this.#columns.get(name);
    if (type === undefined) throw unknownColumn(name);
    return typedColumn(name, type);
  }
}

function aliasesOf(items: readonly SelectItem[]): ReadonlyMap<string, Expression> {
  const expressions = new Map<string, Expression>();
  for (const item of items) {
    if (item.kind === 'all' || item.alias === null) continue;
    if (expressions.has(item.alias)) throw new Refusal(`alias is given twice: "${item.alias}"`);
    expressions.set(item.alias, item.value);
  }
  return expressions;
}
