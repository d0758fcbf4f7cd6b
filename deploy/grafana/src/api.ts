import { series, stat } from './build';
import type { DashboardSpec } from './build';
import {
  glance, instanceVariable, NO_PROBES, of, processRow, starts,
} from './parts';
import { min, quantile, rate, share, sum } from './promql';

const mine = of('api');
const rest = `${mine}, ${NO_PROBES}`;
const requests = `otrp_http_requests_total{${rest}}`;
const failed = `otrp_http_requests_total{${rest}, code=~"5.."}`;
const seconds = 'otrp_http_request_duration_seconds';

export const api: DashboardSpec = {
  name: 'api',
  title: 'api',
  description: 'The REST interface, for service providers and operators.',
  tags: ['service'],
  variables: [instanceVariable('api')],
  marks: starts(mine),
  rows: [
    glance(
        'api',
        stat({
          title: 'Requests',
          description: 'Per second, those that were refused among them.',
          queries: [{ expr: sum(rate(requests)) }],
          unit: 'reqps',
          graph: true,
        }),
        stat({
          title: 'Share of 5xx',
          description: 'Of all requests.',
          queries: [{ expr: share(sum(rate(failed)), sum(rate(requests))) }],
          unit: 'percentunit',
          limits: [[0.001, 'orange'], [0.01, 'red']],
          graph: true,
        }),
        stat({
          title: '95% within',
          description: 'Time of a request, 95th percentile.',
          queries: [{ expr: quantile(0.95, seconds, rest) }],
          unit: 's',
          limits: [[0.5, 'orange'], [1, 'red']],
          graph: true,
        })),
    {
      title: 'Requests (HTTP)',
      panels: [
        series({
          title: 'Requests by answer',
          description: '401: no good credential. 429: somebody is too fast, ' +
              'or guesses tokens. 503: a service behind is away.',
          queries: [{ expr: sum(rate(requests), 'code'), legend: '{{code}}' }],
          unit: 'reqps',
        }),
        series({
          title: 'Time of a request',
          description: 'From the whole request to the whole answer, without ' +
              'the network: the service behind is in it.',
          queries: [0.5, 0.95, 0.99].map((q) => ({
            expr: quantile(q, seconds, rest), legend: `${q * 100}%`,
          })),
          unit: 's',
          limits: [[1, 'red']],
        }),
        series({
          title: 'Requests in their handlers',
          description: 'The metrics port\'s own are among them. Rises ' +
              'without more requests: a service behind is slow.',
          queries: [{
            expr: sum(`otrp_http_requests_in_flight{${mine}}`, 'instance'),
            legend: '{{instance}}',
          }],
          unit: 'none',
        }),
        series({
          title: 'Wait for a turn',
          description: 'Time until a request\'s handler begins. Rises ' +
              'first under too much load.',
          queries: [0.5, 0.99].map((q) => ({
            expr: quantile(q, 'otrp_queue_duration_seconds',
                           `${mine}, queue="http"`),
            legend: `${q * 100}%`,
          })),
          unit: 's',
        }),
        series({
          title: 'Connected to the services behind',
          description: '1: connected. Routes of one that is away get 503; ' +
              'the others go on.',
          queries: [{
            expr: min(`otrp_peer_connected{${mine}}`, 'peer'),
            legend: '{{peer}}',
          }],
          unit: 'none',
        }),
      ],
    },
    processRow('api'),
  ],
};
