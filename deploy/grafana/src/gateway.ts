import { heatmap, series, stat } from './build';
import type { DashboardSpec } from './build';
import {
  DEVICES, glance, instanceVariable, NO_PROBES, of, processRow, starts,
} from './parts';
import { mean, min, quantile, rate, share, sum } from './promql';

const mine = of('gateway');
const requests = `otrp_http_requests_total{${mine}, ${NO_PROBES}}`;
const seconds = 'otrp_http_request_duration_seconds';
const devices = `${DEVICES}, instance=~"$instance"`;

export const gateway: DashboardSpec = {
  name: 'gateway',
  title: 'gateway',
  description: 'The one door for devices, and for CRL and OCSP.',
  tags: ['service'],
  variables: [instanceVariable('gateway')],
  marks: starts(mine),
  rows: [
    glance(
        'gateway',
        stat({
          title: 'Messages of devices',
          description: 'Per second, empty first messages among them.',
          queries: [{
            expr: sum(rate(`otrp_http_requests_total{${devices}}`)),
          }],
          unit: 'reqps',
          graph: true,
        }),
        stat({
          title: 'Share of 5xx',
          description: 'Of the devices\' messages.',
          queries: [{
            expr: share(
                sum(rate('otrp_http_requests_total{' +
                         `${devices}, code=~"5.."}`)),
                sum(rate(`otrp_http_requests_total{${devices}}`))),
          }],
          unit: 'percentunit',
          limits: [[0.001, 'orange'], [0.01, 'red']],
          graph: true,
        }),
        stat({
          title: '95% within',
          description: 'Time of a device\'s message, 95th percentile.',
          queries: [{ expr: quantile(0.95, seconds, devices) }],
          unit: 's',
          limits: [[0.5, 'orange'], [1, 'red']],
          graph: true,
        }),
        stat({
          title: 'CPU per request',
          description: 'CPU time of the gateway over all its requests.',
          queries: [{
            expr: `${sum(rate(`otrp_process_cpu_seconds_total{${mine}}`))} ` +
                `/ ${sum(rate(requests))}`,
          }],
          unit: 's',
          graph: true,
        })),
    {
      title: 'Requests (HTTP)',
      panels: [
        series({
          title: 'Requests by route',
          description: 'otrp and otrp_pei03 are devices of the two ' +
              'dialects; pki_* are CRL, OCSP and issuers\' certificates; ' +
              '"none" is a path that does not exist.',
          queries: [{
            expr: sum(rate(requests), 'route'), legend: '{{route}}',
          }],
          unit: 'reqps',
        }),
        series({
          title: 'Requests by answer',
          description: '204: nothing more for the device. 4xx: not ours to ' +
              'mend, unless all devices have it. 503: the tsm is away or ' +
              'too slow.',
          queries: [{ expr: sum(rate(requests), 'code'), legend: '{{code}}' }],
          unit: 'reqps',
        }),
        series({
          title: 'Requests not answered 2xx',
          description: 'By route and answer.',
          queries: [{
            expr: sum(rate('otrp_http_requests_total{' +
                           `${mine}, ${NO_PROBES}, code!~"2.."}`),
                      'route', 'code'),
            legend: '{{route}} {{code}}',
          }],
          unit: 'reqps',
        }),
        series({
          title: 'Share of 5xx by route',
          description: 'Above 1% for five minutes: an alert.',
          queries: [{
            expr: share(
                sum(rate('otrp_http_requests_total{' +
                         `${mine}, ${NO_PROBES}, code=~"5.."}`), 'route'),
                sum(rate(requests), 'route')),
            legend: '{{route}}',
          }],
          unit: 'percentunit',
          limits: [[0.01, 'red']],
        }),
        series({
          title: 'Time of a device\'s message',
          description: 'From the whole request to the whole answer, without ' +
              'the network: tsm, verifier and database are in it.',
          queries: [0.5, 0.95, 0.99].map((q) => ({
            expr: quantile(q, seconds, devices), legend: `${q * 100}%`,
          })),
          unit: 's',
          limits: [[1, 'red']],
        }),
        series({
          title: 'Time by route, 95th percentile',
          description: 'Which kind of request is slow.',
          queries: [{
            expr: quantile(0.95, seconds, `${mine}, ${NO_PROBES}`, 'route'),
            legend: '{{route}}',
          }],
          unit: 's',
        }),
        heatmap({
          title: 'Times of devices\' messages',
          description: 'How many messages took how long. Two bands are ' +
              'two kinds of messages: with and without the cryptography of ' +
              'a first contact.',
          queries: [{
            expr: sum(rate(`${seconds}_bucket{${devices}}`), 'le'),
          }],
          unit: 's',
        }),
        series({
          title: 'Requests in their handlers',
          description: 'The metrics port\'s own are among them. Rises ' +
              'without more requests: the tsm is slow.',
          queries: [{
            expr: sum(`otrp_http_requests_in_flight{${mine}}`, 'instance'),
            legend: '{{instance}}',
          }],
          unit: 'none',
          width: 6,
        }),
        series({
          title: 'What the gateway adds',
          description: 'Mean time of a device\'s message here and in the ' +
              'tsm; the difference is the gateway and the way between.',
          queries: [
            { expr: mean(seconds, devices), legend: 'gateway' },
            {
              expr: mean('otrp_rpc_duration_seconds',
                         'job="tsm", method=~".*\\\\.Advance"'),
              legend: 'tsm',
            },
          ],
          unit: 's',
          width: 6,
        }),
        series({
          title: 'Wait for a turn',
          description: 'Time until a request\'s handler begins. Rises ' +
              'first under too much load; a gateway in which it takes long ' +
              'says that it isn\'t ready.',
          queries: [0.5, 0.99].map((q) => ({
            expr: quantile(q, 'otrp_queue_duration_seconds',
                           `${mine}, queue="http"`),
            legend: `${q * 100}%`,
          })),
          unit: 's',
          width: 12,
        }),
        series({
          title: 'Connected to the services behind',
          description: '1: connected. The gateway is ready without them; ' +
              'devices get 503 with Retry-After meanwhile.',
          queries: [{
            expr: min(`otrp_peer_connected{${mine}}`, 'peer'),
            legend: '{{peer}}',
          }],
          unit: 'none',
          width: 12,
        }),
      ],
    },
    processRow('gateway'),
  ],
};
