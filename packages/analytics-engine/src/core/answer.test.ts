import { expect, it } from 'vitest';
import { formatTexts, nameTypes } from './answer.ts';

it('formats rows as ClickHouse does', () => {
  const rows = [['a'], ['b']];
  expect(JSON.parse(formatTexts(['dataset'], rows, 'JSON'))).toEqual({
    meta: [{ name: 'dataset', type: 'String' }],
    data: [{ dataset: 'a' }, { dataset: 'b' }],
    rows: 2,
  });
  expect(formatTexts(['dataset'], rows, 'JSONEachRow')).toBe('{"dataset":"a"}\n{"dataset":"b"}\n');
  expect(formatTexts(['dataset'], rows, 'TabSeparated')).toBe('a\nb\n');
});

it('names the types of columns as production does, and leaves the data alone', () => {
  const named = (json: string): string => new TextDecoder().decode(nameTypes(new TextEncoder().encode(json)));
  const data = `"data":[{"é":"DateTime('UTC')"}],"rows":1}`;
  expect(named(`{"meta":[{"name":"é","type":"DateTime('UTC')"}],${data}`)).toBe(
    `{"meta":[{"name":"é","type":"DateTime"}],${data}`,
  );
  const likeType = `{"meta":[{"name":"DateTime('UTC')","type": "Array(DateTime('UTC'))"}],${data}`;
  expect(named(likeType)).toBe(`{"meta":[{"name":"DateTime('UTC')","type": "Array(DateTime)"}],${data}`);
  const many = (type: string): string =>
    `{"meta":[${Array(9_000).fill(`{"name":"é😀","type":"${type}"}`).join(',')}],${data}`;
  expect(named(many("DateTime('UTC')"))).toBe(many('DateTime'));
  const plain = `{"meta":[{"name":"é","type":"String"}],${data}`;
  expect(named(plain)).toBe(plain);
});
