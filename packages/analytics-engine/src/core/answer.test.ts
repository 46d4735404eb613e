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
  const json = `{"meta":[{"name":"t","type":"DateTime('UTC')"}],"data":[{"t":"DateTime('UTC')"}],"rows":1}`;
  expect(JSON.parse(nameTypes(json))).toEqual({
    meta: [{ name: 't', type: 'DateTime' }],
    data: [{ t: "DateTime('UTC')" }],
    rows: 1,
  });
});
