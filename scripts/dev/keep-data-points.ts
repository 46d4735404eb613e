import { useLocalAnalyticsEngine } from '@fettle/analytics-engine/alchemy';

/**
 * Lets the bindings of Analytics Engine write to the local engine at FETTLE_ANALYTICS_ENGINE_URL, opened by
 * FETTLE_ANALYTICS_TOKEN. Where no engine is named, Miniflare takes the data points and forgets them. Throws when
 * there is an address without a token.
 */
export function keepDataPoints({
  FETTLE_ANALYTICS_ENGINE_URL: url = '',
  FETTLE_ANALYTICS_TOKEN: token = '',
}: NodeJS.ProcessEnv): void {
  if (url === '') return;
  if (token === '') throw new Error('FETTLE_ANALYTICS_TOKEN must be set with FETTLE_ANALYTICS_ENGINE_URL');
  useLocalAnalyticsEngine({ url, token });
}
