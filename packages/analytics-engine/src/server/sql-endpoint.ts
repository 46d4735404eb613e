import { CONTENT_TYPES, formatTexts, nameTypes } from '../core/answer.ts';
import { EngineError } from '../errors.ts';
import { type Format, translate } from '../sql.ts';
import type { Store } from '../store/store.ts';
import { type Answer, textAnswer } from './answer.ts';

/** Answers one statement in the SQL of the Workers Analytics Engine. */
export async function answerStatement(store: Store, statement: string): Promise<Answer> {
  const translation = translate(statement, { datasets: store.datasets });
  if (!translation.ok) return textAnswer(422, translation.message);
  const { format } = translation;
  try {
    switch (translation.kind) {
      case 'select': {
        const answer = await store.query(translation.sql, format);
        return found(format, format === 'JSON' ? nameTypes(answer) : answer);
      }
      case 'show-tables': {
        const rows = [...store.datasets].toSorted().map((dataset) => [dataset, 'analytics_engine']);
        return found(format, formatTexts(['dataset', 'type'], rows, format));
      }
      case 'show-timezones': {
        const zones = await store.query('SELECT time_zone FROM system.time_zones ORDER BY 1', 'TabSeparated');
        const rows = Buffer.from(zones).toString().trimEnd().split('\n');
        return found(
          format,
          formatTexts(
            ['timezone'],
            rows.map((zone) => [zone]),
            format,
          ),
        );
      }
      case 'show-timezone':
        return found(format, formatTexts(['timezone'], [['Etc/UTC']], format));
    }
  } catch (error) {
    return failed(error);
  }
}

function found(format: Format, body: string | Uint8Array): Answer {
  return { status: 200, headers: { 'content-type': CONTENT_TYPES[format] }, body };
}

/**
 * A statement that the dialect let through and ClickHouse refused is one that production refuses as well, in all
 * likelihood, in words of its own: a 422 in ClickHouse's words, marked so that nobody takes them for production's.
 */
function failed(error: unknown): Answer {
  if (!(error instanceof EngineError)) throw error;
  const marked = { 'x-local-analytics-engine': error.code };
  switch (error.code) {
    case 'QUERY_FAILED':
      return textAnswer(422, `Input was invalid: ${error.message}`, marked);
    case 'QUERY_TIMEOUT':
      return textAnswer(504, `Query took too long: ${error.message}`, marked);
    case 'QUERY_TOO_LARGE':
      return textAnswer(507, `Query needs too much: ${error.message}`, marked);
    case 'OVERLOADED':
    case 'CLOSED':
      return textAnswer(503, `Cannot query at the moment: ${error.message}`, {
        ...marked,
        'retry-after': '1',
      });
    default:
      return textAnswer(500, `Internal error: ${error.message}`, marked);
  }
}
