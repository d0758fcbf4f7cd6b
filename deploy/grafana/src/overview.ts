import { series, stat, states, table } from './build';
import type { DashboardSpec } from './build';
import {
  callersRefused, certificates, crls, DEVICES, OURS, outboxAge, outboxPending,
  purgeLag, READY_TEXT, revocations, sealLag, SERVER_FAULT, staples, starts,
} from './parts';
import { increase, max, quantile, rate, share, sum } from './promql';

// The objectives; docs/operations.md has their text.
const AVAILABILITY = 0.999;
const IN_TIME = 0.99;

const all = `otrp_http_requests_total{${DEVICES}}`;
const failed = `otrp_http_requests_total{${DEVICES}, code=~"5.."}`;
const seconds = 'otrp_http_request_duration_seconds';
const within = `${seconds}_bucket{${DEVICES}, le="1"}`;
const timed = `${seconds}_count{${DEVICES}}`;

// How many times faster than the objective allows errors come.
function burn(range: string): string {
  return share(sum(rate(failed, range)), sum(rate(all, range))) +
      ` / ${(1 - AVAILABILITY).toFixed(3)}`;
}

function leastLeft(metric: string): string {
  return `min(${metric}{${OURS}}) - time()`;
}

export const overview: DashboardSpec = {
  name: 'overview',
  title: 'Overview',
  description: 'Is the suite well: objectives, traffic, devices, processes.',
  marks: starts(OURS),
  rows: [
    {
      title: 'Objectives',
      panels: [
        stat({
          title: 'Answered',
          description: 'Share of devices\' messages not answered 5xx, in ' +
              'the time range shown. Objective: 99.9%.',
          queries: [{
            expr: `1 - ${share(sum(increase(failed)), sum(increase(all)))}`,
          }],
          unit: 'percentunit',
          limits: [
            [-Infinity, 'red'], [0.99, 'orange'], [AVAILABILITY, 'green'],
          ],
          decimals: 3,
          more: 'gateway',
        }),
        stat({
          title: 'In time',
          description: 'Share of devices\' messages answered within a ' +
              'second, in the time range shown. Objective: 99%.',
          queries: [{
            expr: `${sum(increase(within))} / ${sum(increase(timed))}`,
          }],
          unit: 'percentunit',
          limits: [
            [-Infinity, 'red'], [0.95, 'orange'], [IN_TIME, 'green'],
          ],
          decimals: 2,
          more: 'gateway',
        }),
        stat({
          title: 'Sessions that end well',
          description: 'done, of those that ended other than by a refusal ' +
              'of the device, in the time range shown.',
          queries: [{
            expr: `${sum(increase(
                'otrp_session_total{job="tsm", outcome="done"}'))} / ` +
                sum(increase(
                    'otrp_session_total{job="tsm", outcome!="refused"}')),
          }],
          unit: 'percentunit',
          limits: [[-Infinity, 'red'], [0.9, 'orange'], [0.99, 'green']],
          decimals: 1,
          more: 'tsm',
        }),
        stat({
          title: 'First certificate to expire',
          description: 'Of those that the tsm uses towards devices. Below ' +
              'three days: renewal fails.',
          queries: [{
            expr: leastLeft('otrp_certificate_expiry_timestamp_seconds'),
          }],
          unit: 's',
          limits: [[-Infinity, 'red'], [3 * 86400, 'green']],
          more: 'tsm',
        }),
        stat({
          title: 'First OCSP staple to expire',
          description: 'Below an hour: the ca does not answer.',
          queries: [{
            expr: leastLeft('otrp_ocsp_staple_expiry_timestamp_seconds'),
          }],
          unit: 's',
          limits: [[-Infinity, 'red'], [3600, 'green']],
          more: 'ca',
        }),
        stat({
          title: 'First CRL to expire',
          description: 'Of all authorities.',
          queries: [{ expr: leastLeft('otrp_crl_expiry_timestamp_seconds') }],
          unit: 's',
          limits: [[-Infinity, 'red'], [3600, 'green']],
          more: 'ca',
        }),
        series({
          title: 'How fast the error budget burns',
          description: 'Share of 5xx over the 0.1% that the objective ' +
              'allows, over four windows. At 1 the budget lasts exactly as ' +
              'long as it should; above 14 over an hour, a month\'s budget ' +
              'is gone in two days: act now.',
          queries: ['5m', '1h', '6h', '1d'].map((range) => ({
            expr: burn(range), legend: range,
          })),
          unit: 'short',
          limits: [[1, 'orange'], [14.4, 'red']],
          width: 24,
          height: 7,
        }),
      ],
    },
    {
      title: 'Traffic of devices',
      panels: [
        series({
          title: 'Messages by answer',
          description: 'At the gateway. 204: nothing more for the device.',
          queries: [{ expr: sum(rate(all), 'code'), legend: '{{code}}' }],
          unit: 'reqps',
          width: 6,
          more: 'gateway',
        }),
        series({
          title: 'Share of 5xx',
          description: 'Above 1% for five minutes: an alert.',
          queries: [{
            expr: share(sum(rate(failed)), sum(rate(all))), legend: '5xx',
          }],
          unit: 'percentunit',
          limits: [[0.01, 'red']],
          width: 6,
          more: 'gateway',
        }),
        series({
          title: 'Time of a message',
          description: 'At the gateway: median, 95th and 99th percentile.',
          queries: [0.5, 0.95, 0.99].map((q) => ({
            expr: quantile(q, seconds, DEVICES), legend: `${q * 100}%`,
          })),
          unit: 's',
          limits: [[1, 'red']],
          width: 6,
          more: 'gateway',
        }),
        series({
          title: 'Messages by verdict',
          description: 'What the tsm made of them. Other than ok, fail and ' +
              'repeated: refused.',
          queries: [{
            expr: sum(rate('otrp_message_total{job="tsm"}'), 'verdict'),
            legend: '{{verdict}}',
          }],
          unit: 'mps',
          width: 6,
          more: 'tsm',
        }),
      ],
    },
    {
      title: 'Sessions and devices',
      panels: [
        series({
          title: 'Sessions that ended',
          description: 'By outcome.',
          queries: [{
            expr: sum(rate('otrp_session_total{job="tsm"}'), 'outcome'),
            legend: '{{outcome}}',
          }],
          unit: 'ops',
          width: 6,
          more: 'fleet',
        }),
        series({
          title: 'Open sessions',
          description: 'Rise without more traffic: devices do not come back, ' +
              'or something is slow.',
          queries: [{
            expr: max('otrp_sessions_open{job="tsm"}'), legend: 'open',
          }],
          unit: 'none',
          width: 6,
          more: 'tsm',
        }),
        series({
          title: 'Devices by state',
          description: 'By the last verdict on each.',
          queries: [{
            expr: max('otrp_devices{job="tsm"}', 'state'),
            legend: '{{state}}',
          }],
          unit: 'none',
          stacked: true,
          width: 6,
          more: 'fleet',
        }),
        series({
          title: 'Appraisals by verdict',
          description: 'refused grows: anchors, policy or an attack.',
          queries: [{
            expr: sum(rate(
                'otrp_appraisal_total{job="attestation_verifier"}'),
                      'verdict'),
            legend: '{{verdict}}',
          }],
          unit: 'ops',
          width: 6,
          more: 'attestation_verifier',
        }),
      ],
    },
    {
      title: 'Processes',
      panels: [
        states({
          title: 'Readiness',
          description: 'What /readyz of each process said. A gap: Prometheus ' +
              'did not reach it.',
          queries: [{
            expr: max(`otrp_ready{${OURS}}`, 'job', 'instance'),
            legend: '{{job}} {{instance}}',
          }],
          unit: 'none',
        }, READY_TEXT),
        table({
          title: 'What runs',
          description: 'Version and age of each process.',
          queries: [{
            expr: `(time() - otrp_process_start_time_seconds{${OURS}}) * ` +
                'on (job, instance) group_left (version) otrp_build_info',
          }],
          unit: 's',
          columns: {
            job: 'Service', instance: 'Instance', version: 'Version',
            Value: 'Age',
          },
          sortBy: 'Service',
          ascending: true,
        }),
        series({
          title: 'CPU',
          description: 'Cores in use by each service.',
          queries: [{
            expr: sum(rate(`otrp_process_cpu_seconds_total{${OURS}}`), 'job'),
            legend: '{{job}}',
          }],
          unit: 'short',
          stacked: true,
        }),
        series({
          title: 'CPU per device message',
          description: 'All CPU time of each service over the messages that ' +
              'the tsm took: what a message costs.',
          queries: [{
            expr: sum(rate(`otrp_process_cpu_seconds_total{${OURS}}`), 'job') +
                ' / on () group_left () ' +
                sum(rate('otrp_message_total{job="tsm"}')),
            legend: '{{job}}',
          }],
          unit: 's',
          stacked: true,
        }),
        series({
          title: 'Memory',
          description: 'Resident memory of each service.',
          queries: [{
            expr: sum(`otrp_process_resident_memory_bytes{${OURS}}`, 'job'),
            legend: '{{job}}',
          }],
          unit: 'bytes',
        }),
        series({
          title: 'Share of calls that failed by our fault',
          description: 'gRPC, server-side status codes, by the service that ' +
              'answered.',
          queries: [{
            expr: share(
                sum(rate(`otrp_rpc_handled_total{${OURS}, ${SERVER_FAULT}}`),
                    'job'),
                sum(rate(`otrp_rpc_handled_total{${OURS}}`), 'job')),
            legend: '{{job}}',
          }],
          unit: 'percentunit',
          limits: [[0.01, 'red']],
        }),
        series({
          title: 'Time of a call, 95th percentile',
          description: 'gRPC, by the service that answered.',
          queries: [{
            expr: quantile(0.95, 'otrp_rpc_duration_seconds', OURS, 'job'),
            legend: '{{job}}',
          }],
          unit: 's',
        }),
        series({
          title: 'Failed transactions',
          description: 'By schema and status. All at once: the database is ' +
              'away.',
          queries: [{
            expr: sum(rate(`otrp_db_failures_total{${OURS}}`), 'schema',
                      'code'),
            legend: '{{schema}} {{code}}',
          }],
          unit: 'ops',
          more: 'postgres',
        }),
      ],
    },
    {
      title: 'What piles up, what runs out',
      panels: [
        outboxPending(OURS), outboxAge(OURS), sealLag(OURS),
        certificates(OURS), staples(OURS), crls(OURS), revocations(OURS, 12),
        callersRefused(OURS, 12), purgeLag(OURS, 24),
      ],
    },
  ],
};
