import { lex, locate, type Token } from './lexer.ts';
import { MAX_CHAIN, MAX_DEPTH, Refusal, tooDeep } from './refusal.ts';

/** Words that are never a name unless it is quoted or behind AS. */
const CLAUSES =
  words(`SELECT FROM WHERE GROUP HAVING ORDER LIMIT UNION EXCEPT INTERSECT AS AND OR NOT IN LIKE ILIKE
  BETWEEN IS ON USING WHEN THEN ELSE`);

/** Words that may follow an expression or a table, and so are no alias of it without AS. */
const FOLLOWING =
  words(`PREWHERE OFFSET FORMAT JOIN INNER LEFT RIGHT FULL CROSS ASOF GLOBAL ANY NATURAL ARRAY ASC DESC
  WITH WINDOW QUALIFY SETTINGS FETCH FINAL SAMPLE OVER FILTER END INTO`);

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}

/** A place in the tokens of a statement, and what every rule of the grammar needs. */
export class Cursor {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #links = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = lex(text);
  }

  /** The token `ahead` places on; behind the last it is the end. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  /** Whether a bare word stands `ahead` places on; case does not matter. */
  isKeyword(keyword: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'word' && token.text.toUpperCase() === keyword;
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'symbol' && token.text === symbol;
  }

  /** Takes the keywords when all of them follow. */
  takeKeywords(...keywords: string[]): boolean {
    if (!keywords.every((keyword, index) => this.isKeyword(keyword, index))) return false;
    this.#at += keywords.length;
    return true;
  }

  takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.#at += 1;
    return true;
  }

  expectKeyword(keyword: string): void {
    if (!this.takeKeywords(keyword)) throw this.unexpected(keyword);
  }

  expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) throw this.unexpected(symbol);
  }

  /** A name: quoted, or a bare word. Keywords are names too where only a name can stand. */
  expectName(): string {
    const token = this.peek();
    if ((token.kind !== 'word' && token.kind !== 'quoted') || token.value === '') {
      throw this.unexpected('identifier');
    }
    this.#at += 1;
    return token.value;
  }

  /** A name that does not begin a clause, or null. */
  takeName(): string | null {
    const { kind } = this.peek();
    return (kind === 'word' && !this.#is(CLAUSES)) || kind === 'quoted' ? this.expectName() : null;
  }

  /** A name that cannot be mistaken for what may follow an expression or a table, or null. */
  takeAlias(): string | null {
    return this.#is(FOLLOWING) ? null : this.takeName();
  }

  #is(keywords: ReadonlySet<string>): boolean {
    const token = this.peek();
    return token.kind === 'word' && keywords.has(token.text.toUpperCase());
  }

  /** `rule`, one or more times, with commas between. */
  list<Item>(rule: () => Item): Item[] {
    const items = [rule()];
    while (this.takeSymbol(',')) items.push(rule());
    return items;
  }

  /** Runs a rule deeper by so many levels, of which there are `MAX_DEPTH`. */
  nested<Result>(levels: number, rule: () => Result): Result {
    if (this.#depth + levels > MAX_DEPTH) throw tooDeep();
    this.#depth += levels;
    const result = rule();
    this.#depth -= levels;
    return result;
  }

  /** Counts an operator that makes the tree deeper without parentheses; a statement has at most `MAX_CHAIN`. */
  countLink(): void {
    this.#links += 1;
    if (this.#links > MAX_CHAIN) throw tooDeep();
  }

  /** The refusal of the token that comes next. */
  unexpected(expected: string): Refusal {
    const token = this.peek();
    const where = token.kind === 'end' ? '' : locate(this.#text, token.start);
    return new Refusal(`sql parser error: Expected ${expected}, found: ${token.text}${where}`);
  }

  /** What was written from `start` up to the token that comes next, on one line. */
  written(start: Token): string {
    const last = this.#tokens[Math.max(this.#at - 1, 0)]!;
    return this.#text.slice(start.start, Math.max(last.end, start.end)).replaceAll(/\s+/g, ' ');
  }
}
